/** Strings that nobody types by accident, and near misses of right ones. The same seed gives the same strings. */
import type { Random } from './random.ts';

/** Told apart by what would fall for them; a trick with blanks in it stands in the list below. */
const WORDS = `
  ;touch\${IFS}pwned \`id\` $(id) &&id ||true >pwned <(cat) \${HOME} $IFS $0 !! ~ ~root * **/* ?[a-z] {a,b} #comment %PATH% %s%n %00 %2e%2e%2f
  ::add-mask::a ::stop-commands::x ::error::forged ::group::x ##[error]forged %0A::set-output::a \${{secrets.TOKEN}} {{.Env}}
  --help --privileged --push -v/:/host - -- -rf --output=type=local,dest=/ @file type=local,dest=/ id=x,src=/etc/passwd
  .. ../.. ../../etc/passwd a/../../b ./a a//b /etc/passwd / . C:\\windows \\\\host\\share file:///etc/passwd javascript:alert(1)
  http://169.254.169.254/latest/meta-data/ https://user:pass@example.com/ https://example.com/?a=b&c=d#e https://[::1]/
  ' " '' "" it's "a 'a a\\ \\n \\' \\" a=b=c = A= =A A=$(id) , ,, a,b {"a":1} [1] {"a": a:b !!js/function &a <<:*a null ~null undefined NaN Infinity
  __proto__ constructor toString hasOwnProperty __proto__=polluted constructor=1 $LATEST $default latest sha256:
  true True TRUE tRUE false False FALSE yes no on off y n 1 0 -0 -1 +5 1e3 0x10 0b1 0o7 007 1.0 1_000 1,000 ٣ ５ ² 1e400
  9007199254740993 99999999999999999999999 <script>alert(1)</script> <!--a--> </details> ![a](http://example.com/a.png) [a](b) |a|b| \\|
  \`\`\` 😀 👩‍👩‍👧‍👦 é іris ⅼive ｌｉｖｅ ß İ`
  .trim()
  .split(/[ \n]+/);

const PHRASES = [
  '; touch pwned',
  '| tee pwned',
  '::set-output name=outcome::ok',
  '##[set-output name=outcome]ok',
  '\n::set-output name=outcome::ok',
  'a\n::add-mask::a',
  '\r::error::forged',
  'outcome<<X\nok\nX',
  'A=B\nA=C',
  '- a',
  'a: b',
  '|\n a',
  "' OR 1=1 --",
  '``` \n# forged',
  '> quote',
  '\0',
  'a\0b',
  '\u0001',
  '\u0007bell',
  '\b\b',
  '\v',
  '\f',
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u007f',
  '\u0085',
  '\u009b31m',
  '\u00a0',
  '\u00ad',
  '\u200b',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202egnp.exe',
  '\u2066a\u2069',
  '\u3000',
  '\ufeff',
  '\ufffe',
  'e\u0301',
  '\ud800',
  '\udc00',
  'a\ud83d',
  '\udca9b',
  ' ',
  '\t',
  '\n',
  '\r\n',
  ' 5 ',
  '\t5',
  '5\n',
  'a b',
  'a\tb',
  ' a',
  'a ',
  'a\r\nb',
  'a\\\nb',
] as const;

const TRICKS: readonly string[] = [...WORDS, ...PHRASES];

const ALPHABETS: readonly [readonly [number, number], ...(readonly [number, number])[]] = [
  [0x20, 0x7e],
  [0x00, 0x20],
  [0x7f, 0xff],
  [0x370, 0x4ff],
  [0x2000, 0x206f],
  [0xd800, 0xdfff],
  [0xff00, 0xffff],
  [0x1f600, 0x1f64f],
];

function character(random: Random): string {
  const [from, to] = random.pick(ALPHABETS);
  return String.fromCodePoint(from + random.below(to - from + 1));
}

function trick(random: Random): string {
  return TRICKS[random.below(TRICKS.length)] ?? '';
}

type Make = (random: Random, valid: string) => string;

/** One place of a right value is another one. */
const nearMiss: Make = (random, valid) => {
  const at = random.below(valid.length + 1);
  const [before, after] = [valid.slice(0, at), valid.slice(at)];
  switch (random.below(5)) {
    case 0:
      return before + character(random) + after;
    case 1:
      return before + after.slice(1);
    case 2:
      return before + character(random) + after.slice(1);
    case 3:
      return before + after.slice(0, 1) + after;
    default:
      return before + trick(random) + after;
  }
};

/** A right value with other letters and digits. */
const variation: Make = (random, valid) =>
  valid.replaceAll(/[a-z]|\d/g, (char) => {
    if (random.chance(0.6)) return char;
    const [first, size] = /\d/.test(char) ? [0x30, 10] : [0x61, 6];
    return String.fromCharCode(first + random.below(size));
  });

const longer: Make = (random, valid) => {
  const unit = random.pick([valid, trick(random), character(random)]);
  const length = random.pick([256, 256, 1025, 1025, 4097, 4097, 100_000]);
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
};

const MAKERS: readonly [Make, ...Make[]] = [
  (random) => trick(random) + trick(random),
  (random, valid) => valid + trick(random),
  (random, valid) => trick(random) + valid,
  nearMiss,
  nearMiss,
  nearMiss,
  variation,
  variation,
  (random, valid) => nearMiss(random, nearMiss(random, valid)),
  (random) => Array.from({ length: 1 + random.below(24) }, () => character(random)).join(''),
  (random) =>
    String.fromCharCode(...Array.from({ length: 1 + random.below(12) }, () => 0x20 + random.below(95))),
  (random) => String(random.below(1200)),
  (random, valid) => `${valid}\n${variation(random, valid)}`,
  (random) => `'${trick(random).replaceAll("'", '')}' "${trick(random).replaceAll(/["$`\\]/g, '')}"`,
  (random) => `NAME_${random.below(10_000)}=${trick(random)}${character(random)}`,
];

/** `count` different strings: right ones and every trick as far as they fit, then what is made of both. */
export function hostileStrings(
  random: Random,
  { valid, count }: { readonly valid: readonly [string, ...string[]]; readonly count: number },
): readonly string[] {
  const found = new Set<string>(count > TRICKS.length * 2 ? [...valid, ...TRICKS] : valid);
  while (found.size < count) {
    const base = random.pick(valid);
    found.add(random.chance(0.02) ? longer(random, base) : random.pick(MAKERS)(random, base));
  }
  return [...found].slice(0, count);
}
