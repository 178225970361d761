import { choiceProblem, shown, type Problem } from "../../fabric/problem";
import { problemsOf } from "../validation";
import { entraLoginOf, type AksClusterArgs } from "./aksClusterArgs";
import { ENTRA_LOGIN_MODES, entraLoginProblems } from "./kubeconfig/entraLogin";

/** Everything wrong with who the users are and how programs log in. */
export function aksUserProblems(args: AksClusterArgs): Problem[] {
    return [...entraProblems(args), ...loginProblems(args)];
}

const MODES = ENTRA_LOGIN_MODES.map((mode) => shown(mode)).join(", ");
const GROUPS = 'entra: { adminGroups: ["object ID of a group"] }';

function entraProblems({ entra, disableLocalAccounts }: AksClusterArgs): Problem[] {
    const { adminGroups = [], azureRbac, tenantId } = entra ?? {};
    const nobody = adminGroups.length === 0 && azureRbac !== true && entra !== undefined;
    const wrong = adminGroups.filter((group) => typeof group === "string" && !isGuid(group));
    return problemsOf(
        [
            "entra.adminGroups",
            nobody
                ? "names no group, so that none of Entra's users could do anything; write the object IDs of " +
                  "groups, or azureRbac: true"
                : wrong.length > 0
                  ? `${wrong.map(shown).join(", ")} is not the object ID of a group; write one such as ` +
                    '"11111111-2222-3333-4444-555555555555"'
                  : undefined,
        ],
        [
            "entra.tenantId",
            typeof tenantId === "string" && !isGuid(tenantId)
                ? `${shown(tenantId)} is not the ID of a tenant; write it, or take it away`
                : undefined,
        ],
        [
            "disableLocalAccounts",
            disableLocalAccounts === true && entra === undefined
                ? `is true, and there are no users but local ones; write ${GROUPS}, or take it away`
                : undefined,
        ],
    );
}

function loginProblems({ login, entra, disableLocalAccounts }: AksClusterArgs): Problem[] {
    const at = (reason: string | undefined) => problemsOf(["login", reason]);
    if (login === "admin") {
        return at(
            disableLocalAccounts === true
                ? `"admin" is a local account, and disableLocalAccounts is true; write ${MODES}`
                : undefined,
        );
    }
    if (login === undefined || login === "user") {
        const what = login === undefined ? "is not set" : '"user" is not enough';
        const admin = disableLocalAccounts === true ? "" : ' or "admin"';
        return at(
            entra === undefined
                ? undefined
                : `${what}: the users are Entra's, and kubelogin would ask a person; write ${MODES}${admin}`,
        );
    }
    if (typeof login === "string") {
        const choices = ["user", "admin", ...ENTRA_LOGIN_MODES] as const;
        const wrong = choiceProblem(login, choices, "way to log in to AKS");
        if (wrong !== undefined) {
            return at(wrong);
        }
    }
    const problems = entraLoginProblems(entraLoginOf(login)!);
    return entra === undefined && problems.length === 0
        ? at(
              `is a way to log in with Entra, whose users there are none; write ${GROUPS}, or "user"`,
          )
        : problems;
}

function isGuid(text: string): boolean {
    return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}
