/** Whether a host is one of the listed names, in which `*` stands for one label. */
export function hostMatches(host: string, names: readonly string[]): boolean {
  return names.some((name) => {
    const wanted = name.split('.');
    const labels = host.split('.');
    return wanted.length === labels.length && wanted.every((label, index) => label === '*' || label === labels[index]);
  });
}
