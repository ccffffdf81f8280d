import vm from 'node:vm';

import { TestEnvironment } from 'jest-environment-node';

/**
 * Runs a test file where globals, such as `JSON`, are found as fast as in the service. Jest's own environment has each of
 * them looked up through an interceptor and a proxy, which took up to a third of a property's time.
 * See https://nodejs.org/api/vm.html#vmconstantsdont_contextify
 */
export default class Environment extends TestEnvironment {
  /** @param {ConstructorParameters<typeof TestEnvironment>} options */
  constructor(...options) {
    const { createContext } = vm;
    // Jest's environment makes its context in its constructor, and takes no other.
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...options);
    } finally {
      vm.createContext = createContext;
    }
  }
}
