// Which files of a folder are nobody's photos: the server's rule, which the page brings along.

/** @typedef {{ names: string[], endings: string[], libraries: string[], originals: string[] }} IgnoredFiles */

/**
 * Tell whether any part of a path makes a file one that is not sent.
 * @param {string} path
 * @param {IgnoredFiles} rule
 */
export function isIgnored(path, rule) {
  const parts = path.toLowerCase().split("/");
  return parts.some((name, place) => {
    const isDerived = endsIn(parts[place - 1] ?? "", rule.libraries) && !rule.originals.includes(name);
    return isDerived || name.startsWith(".") || rule.names.includes(name) || endsIn(name, rule.endings);
  });
}

/**
 * @param {string} name
 * @param {string[]} endings
 */
function endsIn(name, endings) {
  return endings.some((ending) => name.endsWith(ending));
}
