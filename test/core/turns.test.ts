import _ from 'lodash';
import { mapInTurns } from '../../src/core/turns.ts';

const double = (item: number, index: number) => [index, item * 2];

it('maps a short list at once', () => {
  expect(mapInTurns([1, 2], double)).toEqual([
    [0, 2],
    [1, 4],
  ]);
});

it('maps a long list in order, and lets others have their turn meanwhile', async () => {
  const items = _.range(500);
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const mapped = await mapInTurns(items, (item, index) => {
    const until = performance.now() + 0.2;
    while (performance.now() < until);
    return double(item, index);
  });
  isDone = true;
  expect(mapped).toEqual(items.map(double));
  expect(turns).toBeGreaterThan(2);
});

it('fails as its function does', async () => {
  const boom = () => {
    throw new Error('boom');
  };
  expect(() => mapInTurns([1], boom)).toThrow('boom');
  await expect(mapInTurns(_.range(100), boom)).rejects.toThrow('boom');
});
