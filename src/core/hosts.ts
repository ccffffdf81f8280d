/** Whether a host is one of the listed names, in which `*` stands for one label. */
export function hostMatches(host: string, names: readonly string[]): boolean {
  return names.some((name) => {
    const wanted = name.split('.');
    const labels = host.split('.');
    return wanted.length === labels.length && wanted.every((label, index) => label === '*' || label === labels[index]);
  });
}

/** Whether a text is a URL with one of the protocols, without credentials and without the characters refused. */
export function isUrl(text: string, protocols: readonly string[], refused: RegExp): boolean {
  if (!URL.canParse(text) || refused.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocols.includes(protocol) && username === '' && password === '';
}
