// One mail address is one person: which addresses are taken, and when two of them are the same.

/** What may stand in an address is bounded by what can stand on one line, and by what can be told apart. */
const shape =
  /^[^\s@<>()[\],;:"\\\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{DI}]{1,64}@[^\s@<>()[\],;:"\\\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{DI}]{1,255}$/u;

const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (capital) => capital.toLowerCase());

/**
 * What addresses are compared by: their characters, with `A` to `Z` as `a` to `z`, and an international domain as mail
 * servers write it. Other letters are left alone, for `toLowerCase` makes `k` of the Kelvin sign too, and so another
 * person's address.
 */
export function addressKey(text: string): string {
  const plain = asciiLower(text);
  const [local = "", domain = ""] = plain.split("@");
  return isInternational(domain) ? `${local}@${encoded(domain) ?? domain}` : plain;
}

/** Why a text is no address; undefined for one that is. */
export function addressProblem(text: string): string | undefined {
  if (!shape.test(text)) {
    return "expected one address such as agent@example.com";
  }
  const [local = "", domain = ""] = asciiLower(text).split("@");
  if (domain.split(".").includes("")) {
    return "expected a domain such as example.com behind the @, without a point at its end";
  }
  if (isPlain(local, domain)) {
    return undefined;
  }
  const plainLocal = asciiLower(local.normalize("NFKC"));
  const plainDomain = domain.normalize("NFKC").toLowerCase().replaceAll("\u3002", ".");
  const meant = isPlain(plainLocal, plainDomain) ? `; did you mean ${plainLocal}@${plainDomain}?` : "";
  return `the address has characters that stand for others${meant}`;
}

/** Whether both parts are in the one spelling that they have. */
const isPlain = (local: string, domain: string): boolean =>
  local.normalize("NFKC") === local &&
  (/^[\x21-\x7e]*$/.test(domain) || (isInternational(domain) && encoded(domain) !== undefined));

/** Whether a domain has other letters than ASCII's, and all of them in the one spelling that IDNA gives them. */
const isInternational = (domain: string): boolean =>
  /^(?=.*[^\x21-\x7e])[\p{L}\p{M}\p{N}.-]+$/u.test(domain) &&
  domain.normalize("NFKC").toLowerCase() === domain;

/** An international domain as mail servers write it; undefined for what is none. */
function encoded(domain: string): string | undefined {
  const url = `http://${domain}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
