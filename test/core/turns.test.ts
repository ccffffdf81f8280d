import _ from 'lodash';
import { mapInTurns } from '../../src/core/turns.ts';

const double = (item: number, index: number) => [index, item * 2];

it('maps a short list at once', () => {
  expect(mapInTurns([1, 2], double)).toEqual([
    [0, 2],
    [1, 4],
  ]);
});

it.each([2, 10])('lets others have their turn among %i items that take long', async (count) => {
  let isOthersTurn = false;
  setImmediate(() => (isOthersTurn = true));
  const mapped = mapInTurns(_.range(count), (item) => {
    const until = performance.now() + 25;
    while (performance.now() < until);
    return [item, isOthersTurn];
  });
  expect((await mapped).map(([, hadTurn]) => hadTurn)).toEqual(_.range(count).map((item) => item > 0));
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
  const boomLater = (item: number) => {
    const until = performance.now() + 25;
    while (performance.now() < until);
    if (item > 0) boom();
  };
  await expect(mapInTurns([0, 1], boomLater)).rejects.toThrow('boom');
});
