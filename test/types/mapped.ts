import {
  compute,
  context,
  each,
  event,
  type Expr,
  given,
  integer,
  jsonText,
  type Mapped,
  omitEmpty,
  oneOf,
  post,
  rest,
  type Scalar,
  text,
  trait,
  traits,
  url,
  when,
  whenPresent,
} from 'group-transformer/kit';

/*
 * What the compiler lets a mapper write and what it does not. Nothing here runs: the test is that this file compiles,
 * every line that must not having its expectation above it.
 */

interface Company {
  id: string;
  name?: string;
  size?: number;
  active?: boolean;
  tier?: 'free' | 'paid';
  note?: string | null;
  custom?: unknown;
  tags?: string[];
  address?: { city?: string; zip: string };
}

interface Open {
  id: string;
  size?: number;
  [custom: string]: string | number | undefined;
}

interface Patterned {
  id?: string;
  [key: `account[${string}`]: Scalar;
}

const at = url`https://acme.example/`;
const id = event.groupId.required();

// Every field takes a constant or an expression of its type, and what is optional may be absent.
export const complete: Mapped<Company> = {
  id,
  name: trait.name.as(text),
  size: trait.employees.as(integer),
  active: when(trait.plan, true),
  tier: trait.plan.as(oneOf('free', 'paid')),
  note: trait.description.as(text).clearable(),
  custom: { anything: [trait('x'), 1, { deep: context('y') }] },
  tags: ['fixed', id],
  address: { city: trait.address.city.as(text), zip: trait.address.postalCode.as(text).default('none') },
};
export const minimal: Mapped<Company> = { id: 'fixed' };
export const leftOut: Mapped<Company> = { id, name: undefined };
export const fromExpressions: Mapped<Company> = {
  id,
  address: omitEmpty({ zip: trait.address.postalCode.as(text).required() }),
  tags: trait('tags').listOf(text),
  custom: traits,
};

// A required field refuses what may be absent.
// @ts-expect-error
export const maybeAbsent: Mapped<Company> = { id: event.groupId };
// @ts-expect-error
export const unconverted: Mapped<Company> = { id: trait.id };
// @ts-expect-error
export const absent: Mapped<Company> = {};
// @ts-expect-error
export const nested: Mapped<Company> = { id, address: { zip: trait.address.postalCode.as(text) } };
// @ts-expect-error
export const inList: Mapped<Company> = { id, tags: [trait.name.as(text)] };

// A field refuses an expression of another type.
// @ts-expect-error
export const wrongConverter: Mapped<Company> = { id, size: trait.employees.as(text) };
// @ts-expect-error
export const raw: Mapped<Company> = { id, name: trait.name };
// @ts-expect-error
export const wrongWord: Mapped<Company> = { id, tier: trait.plan.as(oneOf('free', 'gold')) };
// @ts-expect-error
export const wrongConstant: Mapped<Company> = { id, size: '12' };
// @ts-expect-error
export const notClearable: Mapped<Company> = { id, name: trait.name.as(text).clearable() };
// @ts-expect-error
export const notJson: Mapped<Company> = { id, custom: () => 1 };
// @ts-expect-error
export const alsoNotJson: Mapped<Company> = { id, custom: new Date() };

// Unions and booleans are one type and not one for each member.
export const flag: Mapped<boolean> = null as unknown as Expr<boolean>;
export const word: Mapped<'free' | 'paid'> = null as unknown as Expr<'free' | 'paid'>;

// Keys are checked at every level, also those that an expression's own members are called.
// @ts-expect-error
export const misspelt: Mapped<Company> = { id, nmae: 'x' };
// @ts-expect-error
export const misspeltInside: Mapped<Company> = { id, address: { zip: 'x', town: 'y' } };
// @ts-expect-error
export const likeAMethod: Mapped<Company> = { id, or: 'x' };
// @ts-expect-error
export const likeAMethodInside: Mapped<Company> = { id, address: { zip: 'x', once: 'y' } };

// A body is held to the vendor's type where one is named, and it is not taken from the literal.
post.json<Company>({ url: at, body: { id } });
post.json({ url: at, body: { id, tags: [trait.name, { a: 1 }], [rest]: traits } });
post.form({ url: at, body: { id, size: 1, [rest]: traits.flatten('brackets') } });
// @ts-expect-error
post.json<Company>({ url: at, body: { id, nmae: 'x' } });
// @ts-expect-error
post.form<{ a: string }>({ url: at, body: { a: 1 } });
// @ts-expect-error
post.form<{ a: { b: string } }>({ url: at, body: { a: { b: 'x' } } });
// @ts-expect-error
post.json({ url: at, body: { id: new Date() } });
// @ts-expect-error
post.form({ url: at, body: { id: { a: 1 } } });
jsonText({ a: 1 });
jsonText<{ a: number }>({ a: 1 });

// That of a part under a condition isn't either.
// @ts-expect-error
export const misspeltWhen: Mapped<Company> = { id, address: when(trait.name, { zip: 'x', town: 'y' }) };
// @ts-expect-error
export const misspeltOmit: Mapped<Company> = { id, address: omitEmpty({ zip: 'x', town: 'y' }) };
export const presentInside: Mapped<Company> = {
  id,
  address: whenPresent(trait.address.postalCode.as(text), (zip) => ({ zip })),
};
// What the literal does not name may be filled where the type is open, and only there.
export const opened: Mapped<Open> = { id, size: 1, [rest]: traits.map((value) => (value === 1 ? 1 : 'x')) };
export const patterned: Mapped<Patterned> = { id, [rest]: traits.flatten('brackets', { under: 'account' }) };
// @ts-expect-error
export const closed: Mapped<Company> = { id, [rest]: traits };
// @ts-expect-error
export const openWrong: Mapped<Open> = { id, [rest]: traits };
// @ts-expect-error
export const openMisspelt: Mapped<Open> = { id, sise: 1 };
// @ts-expect-error
export const openIncomplete: Mapped<Open> = { size: 1 };

// Conditions pass on a present value, and lists pass on their elements.
given(event.userId, (user) => [
  post.json<{ user: string }>({ url: url`https://acme.example/${user}`, body: { user } }),
]);
each(trait('x').listOf(text), (item) => [post.json<{ item: string }>({ url: at, body: { item } })]);
// @ts-expect-error
each(trait.name.as(text), (item) => [post.json<{ item: string }>({ url: at, body: { item } })]);

// What is computed gets the values of what it declares to read.
compute('length', [trait.name.as(text), event.groupIds], (name, ids) => (name ?? '').length + (ids ?? []).length);
// @ts-expect-error
compute('length', [trait.name.as(text)], (name) => name.length);
// @ts-expect-error
compute('length', [trait.name.as(text)], (name: number) => name);
