import _ from 'lodash';

import { KeyFinder } from '../../core/event.ts';
import { isJsonObject, isPresent } from '../../core/json.ts';
import { addressParts } from '../../core/traits.ts';
import type { Converter } from './converter.ts';
import { requireLate } from './late.ts';
import { text } from './scalar.ts';

const phones = _.once(() => requireLate('libphonenumber-js/min') as typeof import('libphonenumber-js/min'));

/**
 * A phone number in E.164 format. A number without a country code is not converted.
 * @example
 * trait.phone.as(e164) // '+49301234567'
 */
export const e164: Converter<string> = {
  name: 'e164',
  summary: 'a phone number that starts with + and its country code',
  examples: [
    ['+49 30 1234567', '+49301234567'],
    ['+1 (213) 373-4253', '+12133734253'],
    ['030 1234567', undefined],
    ['+49', undefined],
    [49301234567, undefined],
  ],
  convert: (value) => {
    if (typeof value !== 'string' || value.length > 60 || !value.trim().startsWith('+')) return undefined;
    const number = phones().parsePhoneNumberFromString(value.trim());
    return number?.isPossible() === true ? number.number : undefined;
  },
};

/**
 * An address as one line: text unchanged, or else street, city, state, postal code and country.
 * @example
 * trait.address.as(addressLine) // '1 Main Street, Berlin, 10115, DE'
 */
export const addressLine: Converter<string> = {
  name: 'addressLine',
  summary: 'an address in parts, or as text',
  examples: [
    [{ street: 'Werfkade 3', city: 'Dordrecht', zip: '3311 GA' }, 'Werfkade 3, Dordrecht, 3311 GA'],
    [{ country: 'NL', city: 'Dordrecht', state: '' }, 'Dordrecht, NL'],
    ['Werfkade 3, Dordrecht', 'Werfkade 3, Dordrecht'],
    [{ planet: 'Earth' }, undefined],
    [['Werfkade 3'], undefined],
  ],
  convert: (value) => {
    if (!isJsonObject(value)) return text.convert(value);
    const keys = new KeyFinder(value);
    const parts = Object.entries(addressParts).map(([name, { spellings }]) => {
      const part = keys.find(name, spellings);
      return isPresent(part) ? text.convert(part as string) : undefined;
    });
    const line = parts.filter(isPresent).join(', ');
    return line === '' ? undefined : line;
  },
};
