import { type ConfigElement } from "./configElements";
import { policyInWords } from "./policyWords";
import { type Fact, factsOf } from "./valueFacts";

export function arrival({ path }: ConfigElement): string {
    const [, kind, name] = path;
    return path.length === 3
        ? `${name} joins ${memberOf(kind)}`
        : `group ${path.join("/")} is added`;
}

export function departure({ path }: ConfigElement): string {
    const [, kind, name] = path;
    return path.length === 3
        ? `${name} leaves ${memberOf(kind)}`
        : `group ${path.join("/")} is removed`;
}

function memberOf(kind?: string): string {
    return kind === "Orderer" ? "the ordering organizations" : "the organizations with peers";
}

export function policyText(element?: ConfigElement): string {
    return element?.kind === "policy" ? policyInWords(element.message.getPolicy()) : "none";
}

export function factsIn(element?: ConfigElement): Fact[] {
    return element?.kind === "value"
        ? factsOf(element.path.at(-1) ?? "", element.message.getValue_asU8())
        : [];
}

/** Whose a value is, where it is not the only one of its name. */
export function suffixOf({ path }: ConfigElement): string {
    if (path.length > 3) {
        return ` of ${path.at(-2)}`;
    }
    return path.at(-1) === "Capabilities" ? ` of /${path.slice(0, -1).join("/")}` : "";
}

export function placeOf(element?: ConfigElement): string {
    return element === undefined ? "" : `${element.kind} ${pathOf(element)}`;
}

export function pathOf({ path }: ConfigElement): string {
    return `/${path.join("/")}`;
}
