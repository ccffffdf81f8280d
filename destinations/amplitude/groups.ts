import {
  compute,
  concat,
  type Converter,
  event,
  type Expr,
  fields,
  isNumber,
  isText,
  type Json,
  none,
  only,
  option,
  present,
  text,
  trait,
  traits,
  when,
} from 'group-transformer/kit';

const groupValue: Converter<string> = {
  name: 'groupValue',
  summary: 'text, or a number other than 0',
  examples: [],
  convert: (value) => (isText(value) || (isNumber(value) && value !== 0) ? String(value) : undefined),
};

/** The groups of an event. They share a type and properties. */
export interface Groups {
  type: Expr<string | undefined>;
  values: Expr<string[] | undefined>;
  properties: Expr<Record<string, Json> | undefined>;
}

interface GroupSettings {
  groupTypeTrait?: string | undefined;
  groupValueTrait?: string | undefined;
  groupType?: string | undefined;
}

const valuesOf = (value: Expr<Json | undefined>, converter: Converter<string>) =>
  compute('list with a value', [value.listOf(converter)], (list) => (list?.length === 0 ? undefined : list)).once();

/**
 * The groups of the event: from the traits that the config names, or else from an option of the event, or else its
 * group id.
 */
export function groupsOf({ groupTypeTrait, groupValueTrait, groupType }: GroupSettings): Groups {
  if (groupTypeTrait && groupValueTrait) {
    return {
      type: trait(groupTypeTrait).as(only('text', isText)).required(),
      values: valuesOf(trait(groupValueTrait), groupValue).required(),
      properties: traits.omit('event_id'),
    };
  }
  const options = {
    type: option('groups.group_type').as(text),
    values: valuesOf(option('groups.group_value'), text),
    properties: fields(option('groups.group_properties')),
  };
  if (groupType === undefined) return options;
  const isOption = present(option('groups'));
  return {
    type: options.type.default(groupType),
    values: options.values.or(when<string[] | undefined>(none(isOption), concat(event.groupId))),
    properties: options.properties.or(when<Record<string, Json> | undefined>(none(isOption), traits.omit('event_id'))),
  };
}
