import type { Description } from '../contract/descriptions.ts';
import { addressParts, reservedTraits } from '../core/traits.ts';

/** The reserved traits, those of an address as its parts. */
export const traitNames = [
  ...Object.keys(reservedTraits),
  ...Object.keys(addressParts).map((part) => `address.${part}`),
];

/** Where a reserved trait ends up at a vendor. */
export interface TraitFields {
  /** The fields that are made of it. */
  own: string[];
  /** The fields that take all traits, this one among them. */
  shared: string[];
}

/** The fields of a vendor that a reserved trait feeds in any mode, each as it is called in the body. */
export function fieldsOf({ traits = {}, lineage = {} }: Description, trait: string): TraitFields {
  const owning = Object.values(lineage)
    .flat()
    .filter(({ from }) => from.includes(`traits.${trait}`) && !from.includes('traits.*') && !from.includes('event.*'))
    .map(({ to }) => short(to));
  const all = [...new Set((traits[trait] ?? []).map(short))];
  return { own: all.filter((field) => owning.includes(field)), shared: all.filter((field) => !owning.includes(field)) };
}

const short = (to: string) => to.replace(/^requests\[\d+\]\.(?:body\.(?:json|form)(?:\[\d*\])?\.?)?/, '') || 'body';
