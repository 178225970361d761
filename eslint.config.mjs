import js from "@eslint/js";
import ts from "typescript-eslint";

/**
 * A room imports only from rooms above it, and the pure ones no client library. The order is that of
 * the house: what comes later in the list may not be imported.
 */
const ROOMS = ["fabric", "storage", "clients", "components", "policy", "testing", "cli", "bench"];

const PULUMI = { group: ["@pulumi/*"], message: "this room knows no Pulumi" };
const KUBERNETES = { group: ["@kubernetes/*"], message: "this room knows no Kubernetes client" };
/** An index has the types of all resources: whoever imports ours would have them read, too. */
const INDEXES = ["kubernetes", "gcp", "azure-native", "ibm"].map((sdk) => ({
    name: `@pulumi/${sdk}`,
    message: "import a resource or its types from its own file",
}));
const OUTSIDE = {
    fabric: [PULUMI, KUBERNETES],
    storage: [PULUMI, KUBERNETES],
    clients: [PULUMI],
};

/** Rules run without the engine, too: on files, and in a test. */
const PURE_FOLDERS = [
    { room: "policy", folder: "policy/rules", outside: [PULUMI, KUBERNETES] },
    {
        room: "components",
        folder: "components/clusters/kubeconfig",
        outside: [PULUMI, KUBERNETES],
    },
];

const importRules = ({ room, folder = room, outside = OUTSIDE[room] ?? [] }) => ({
    files: [`${folder}/**/*.ts`],
    rules: {
        "no-restricted-imports": [
            "error",
            {
                // The measurements compare with what others write.
                paths: room === "bench" ? [] : INDEXES,
                patterns: [
                    ...outside,
                    ...ROOMS.slice(ROOMS.indexOf(room) + 1).map((later) => ({
                        regex: `^(\\.\\./)+${later}(/|$)`,
                        message: `${room}/ does not import from ${later}/`,
                    })),
                    {
                        group: ["kubefabric", "kubefabric/*"],
                        message: "inside the package, import by relative path",
                    },
                ],
            },
        ],
    },
});

const roomRules = [...ROOMS.map((room) => ({ room })), ...PURE_FOLDERS].map(importRules);

export default ts.config(
    { ignores: ["dist/", "node_modules/", ".kubefabric/", "sdks/"] },
    js.configs.recommended,
    ...ts.configs.recommendedTypeChecked,
    {
        languageOptions: {
            parserOptions: {
                project: ["./tsconfig.json", "./tests/tsconfig.json", "./examples/tsconfig.json"],
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            "no-duplicate-imports": ["error", { allowSeparateTypeImports: true }],
            "@typescript-eslint/consistent-type-imports": [
                "error",
                { fixStyle: "inline-type-imports" },
            ],
            "@typescript-eslint/no-unused-vars": [
                "error",
                { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
            ],
            eqeqeq: "error",
        },
    },
    ...roomRules,
    {
        // Plain data crosses a process border here; its shape is checked by what the methods do with it.
        files: ["components/resources/**/*.ts", "testing/**/*.ts", "tools/**/*.ts"],
        rules: {
            "@typescript-eslint/no-unsafe-argument": "off",
            "@typescript-eslint/no-unsafe-assignment": "off",
            "@typescript-eslint/no-unsafe-call": "off",
            "@typescript-eslint/no-unsafe-member-access": "off",
            "@typescript-eslint/no-unsafe-return": "off",
            "@typescript-eslint/no-require-imports": "off",
            "@typescript-eslint/require-await": "off",
        },
    },
    {
        files: ["tests/**/*.ts"],
        rules: {
            "@typescript-eslint/no-floating-promises": "off",
            "@typescript-eslint/no-unsafe-assignment": "off",
            "@typescript-eslint/no-unsafe-member-access": "off",
            "@typescript-eslint/no-unsafe-return": "off",
            "@typescript-eslint/require-await": "off",
        },
    },
    {
        // Its decorators tell Fabric's library the types of what they stand at, at run time.
        files: ["examples/chaincode/**/*.ts"],
        rules: { "@typescript-eslint/consistent-type-imports": "off" },
    },
    {
        files: ["**/*.mjs"],
        ...ts.configs.disableTypeChecked,
        languageOptions: {
            ...ts.configs.disableTypeChecked.languageOptions,
            globals: { console: "readonly", process: "readonly", setTimeout: "readonly" },
        },
    },
);
