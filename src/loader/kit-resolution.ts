import type { InitializeHook, ResolveHook } from 'node:module';

/**
 * Module hooks with which destinations outside this package import the running kit.
 * @see https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks
 */
let kit: string | undefined;

export const initialize: InitializeHook<{ kit: string }> = (data) => {
  kit = data.kit;
};

export const resolve: ResolveHook = async (specifier, context, nextResolve) =>
  specifier === 'group-transformer/kit' && kit !== undefined
    ? { url: kit, shortCircuit: true }
    : nextResolve(specifier, context);
