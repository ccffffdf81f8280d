import type { Request } from '../contract/requests.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import { type Link, step } from './lineage.ts';
import { lit, pointed } from './state.ts';

interface RequestProps {
  /** The destination whose request it is. */
  id: string;
  /** Tells the requests of a result apart. */
  requestKey: string;
  request: Request;
}

/** A request in full; its fields light up with those of the event that feed them. */
export function RequestView({ id, requestKey, request }: RequestProps) {
  const { method, url, headers, query, body, auth } = request;
  const tree = treeOf(id, requestKey);
  return (
    <div class="request" {...tree.handlers}>
      <p class="line" role="group" aria-label="URL" tabIndex={0} data-place="url" data-lit={tree.isLit('url')}>
        <strong class="method">{method}</strong> <span class="url">{url}</span>
      </p>
      <Part name="Query" value={query} place="query" tree={tree} />
      <Part name="Headers" value={headers} place="headers" tree={tree} />
      {auth !== undefined && <Part name="Auth" value={auth} place="auth" tree={tree} />}
      {body !== undefined && 'json' in body && <Part name="Body" value={body.json} place="body.json" tree={tree} />}
      {body !== undefined && 'form' in body && <Part name="Form" value={body.form} place="body.form" tree={tree} />}
    </div>
  );
}

/** Any JSON, in the same dress. */
export function JsonView({ name, value }: { name: string; value: Json }) {
  const tree = { isLit: () => false };
  return <Part name={name} value={value} place="" tree={tree} />;
}

interface Tree {
  isLit: (place: string) => boolean;
}

function treeOf(id: string, request: string) {
  const at = pointed.value;
  const own = (lit.value.get(id) ?? []).filter((link: Link) => link.request === request);
  const isPointed = (place: string) =>
    at?.side === 'request' && at.id === id && at.request === request && at.place === place && own.length > 0;
  const point = (target: EventTarget | null) => {
    const place = target instanceof Element ? target.closest<HTMLElement>('[data-place]')?.dataset.place : undefined;
    pointed.value = place === undefined ? undefined : { side: 'request', id, request, place };
  };
  const leave = () => (pointed.value = undefined);
  return {
    isLit: (place: string) => isPointed(place) || (at?.side === 'event' && own.some(({ to }) => to === place)),
    handlers: {
      onMouseOver: ({ target }: Event) => {
        point(target);
      },
      onMouseLeave: leave,
      onFocusIn: ({ target }: Event) => {
        point(target);
      },
      onFocusOut: leave,
      onKeyDown: move,
    },
  };
}

/** Arrows go from field to field. */
function move(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const distance = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const { activeElement } = document;
  if (distance === undefined || !(activeElement instanceof HTMLElement)) return;
  const fields = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-place]')];
  const next = fields[fields.indexOf(activeElement) + distance];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function Part({ name, value, place, tree }: { name: string; value: Json; place: string; tree: Tree }) {
  const isEmpty = isJsonObject(value) && Object.keys(value).length === 0;
  if (isEmpty && name !== 'Body') return null;
  const isList = name === 'Headers' || name === 'Query' || name === 'Form';
  return (
    <div class="part">
      <h3>{name}</h3>
      <div class="json" role="tree" aria-label={name}>
        {isList && isJsonObject(value) ? (
          Object.entries(value).map(([key, field]) => (
            <Pair key={key} name={key} value={field} place={step(place, key)} tree={tree} />
          ))
        ) : (
          <Node value={value} place={place} isLast isFirst tree={tree} />
        )}
      </div>
    </div>
  );
}

function Pair({ name, value, place, tree }: { name: string; value: Json; place: string; tree: Tree }) {
  return (
    <div class="line" role="treeitem" tabIndex={-1} data-place={place} data-lit={tree.isLit(place)}>
      <span class="key">{name}</span>
      <span class="mark">: </span>
      <span class="text">{typeof value === 'string' ? value : JSON.stringify(value)}</span>
    </div>
  );
}

interface NodeProps {
  name?: string;
  value: Json;
  place: string;
  isFirst?: boolean;
  isLast: boolean;
  tree: Tree;
}

function Node({ name, value, place, isFirst = false, isLast, tree }: NodeProps) {
  const label = name === undefined ? null : <Name name={name} />;
  const comma = isLast ? null : <span class="mark">,</span>;
  const item = {
    role: 'treeitem' as const,
    tabIndex: isFirst ? 0 : -1,
    'data-place': place,
    'data-lit': tree.isLit(place),
  };
  const inner = entriesOf(value);
  if (inner.length === 0) {
    return (
      <div class="line" {...item}>
        {label}
        <span class={kindOf(value)}>{JSON.stringify(value)}</span>
        {comma}
      </div>
    );
  }
  const [begin, end] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return (
    <div class="block" {...item}>
      <span class="line">
        {label}
        <span class="mark">{begin}</span>
      </span>
      <div class="inner" role="group">
        {inner.map(([key, field], index) => (
          <Node
            key={key}
            {...(typeof key === 'string' && { name: key })}
            value={field}
            place={step(place, key)}
            isLast={index === inner.length - 1}
            tree={tree}
          />
        ))}
      </div>
      <span class="line">
        <span class="mark">{end}</span>
        {comma}
      </span>
    </div>
  );
}

function Name({ name }: { name: string }) {
  return (
    <>
      <span class="key">{JSON.stringify(name)}</span>
      <span class="mark">: </span>
    </>
  );
}

function entriesOf(value: Json): [string | number, Json][] {
  if (Array.isArray(value)) return value.map((element, index) => [index, element]);
  return isJsonObject(value) ? Object.entries(value) : [];
}

function kindOf(value: Json): string {
  if (value === null || typeof value === 'boolean') return 'literal';
  return typeof value === 'object' ? 'mark' : typeof value;
}
