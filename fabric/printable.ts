/** A line that stays one: what comes from others could else pretend to be a line of ours. */
export function printable(line: string): string {
    return line.replace(
        /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
        (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
    );
}
