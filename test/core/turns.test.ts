import _ from 'lodash';

import { collect, inWindows, mapWindows } from '../../src/core/turns.ts';

const double = (index: number) => index * 2;
const one = () => 1;

it('makes what is quickly made at once', () => {
  expect([...inWindows(3, double, one)]).toEqual([[0, 2, 4]]);
  expect([...inWindows(0, double, one)]).toEqual([]);
  expect(collect(mapWindows(inWindows(3, double, one), (results) => results.map(String)))).toEqual(['0', '2', '4']);
});

it('waits for nothing after a slow last result', () => {
  const slowly = (index: number) => {
    const until = performance.now() + 25;
    while (performance.now() < until);
    return index;
  };
  expect([...inWindows(1, slowly, one)]).toEqual([[0]]);
  expect([...inWindows(2, slowly, one)][0]).toBeInstanceOf(Promise);
});

it('holds no more than a window at once, however many results there are', async () => {
  const lengths = async (bytes: number) => {
    const found: number[] = [];
    for (const window of inWindows(6_000, double, () => bytes)) found.push((await window).length);
    return found;
  };
  expect(await lengths(1)).toEqual([2_500, 2_500, 1_000]);
  expect(await lengths(10_000_000)).toEqual(_.times(600, () => 10));
});

it('makes a window when it is asked for', async () => {
  const made: number[] = [];
  const windows = inWindows(6_000, (index) => made.push(index), one);
  await windows[Symbol.iterator]().next().value;
  expect(made).toHaveLength(2_500);
});

it('makes a long list in order, and lets others have their turn meanwhile', async () => {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const slowly = (index: number) => {
    const until = performance.now() + 0.2;
    while (performance.now() < until);
    return double(index);
  };
  const results = await collect(inWindows(3_000, slowly, one));
  isDone = true;
  expect(results).toEqual(_.range(3_000).map(double));
  expect(turns).toBeGreaterThan(10);
});

it('fails as its function does', async () => {
  const boomAt = (index: number) => {
    const until = performance.now() + 1;
    while (performance.now() < until);
    if (index === 100) throw new Error('boom');
    return index;
  };
  expect(() => collect(inWindows(1, () => boomAt(100), one))).toThrow('boom');
  await expect(async () => collect(inWindows(200, boomAt, one))).rejects.toThrow('boom');
});
