import { openGateway, readConnection } from "./connection.ts";
import { listen } from "./listen.ts";
import { submit, toldBy, untilAnswered } from "./submit.ts";

const USAGE = `npm start -- create ID TEXT | transfer ID MSP-ID | price ID NUMBER | read ID | list | listen

Environment: CONNECTION, the file that the network's program gave out (connection.json),
GATEWAY_ADDRESS, where the peer is dialed (what that file says),
CHECKPOINT, the file that remembers which event came last (checkpoint.json).
`;

const {
    CONNECTION = "connection.json",
    GATEWAY_ADDRESS,
    CHECKPOINT = "checkpoint.json",
} = process.env;

async function main([command = "", id = "", ...rest]: string[]): Promise<void> {
    const connection = readConnection(CONNECTION);
    const { gateway, close } = openGateway(connection, GATEWAY_ADDRESS);
    const network = gateway.getNetwork(connection.channel);
    const contract = network.getContract(connection.chaincode);
    const [text = ""] = rest;
    const change = async (name: string, ...args: string[]) =>
        print(await submit(contract, name, { arguments: args }));
    const ask = async (name: string, ...args: string[]) =>
        print(await untilAnswered(() => contract.evaluateTransaction(name, ...args)));
    try {
        switch (command) {
            case "create":
                return await change("createAsset", id, text);
            case "transfer":
                return await change("transferAsset", id, text);
            case "price":
                await submit(contract, "setPrice", {
                    arguments: [id],
                    transientData: { price: text },
                });
                return;
            case "read":
                return await ask("readAsset", id);
            case "list":
                return await ask("listAssets");
            case "listen":
                return await listen(
                    network,
                    { chaincode: connection.chaincode, checkpointFile: CHECKPOINT },
                    ({ eventName, asset }) => console.log(eventName, JSON.stringify(asset)),
                    untilInterrupted(),
                );
            default:
                console.error(USAGE);
                process.exitCode = 2;
        }
    } finally {
        close();
    }
}

function print(answer: Uint8Array): void {
    console.log(Buffer.from(answer).toString());
}

function untilInterrupted(): AbortSignal {
    const ending = new AbortController();
    process.once("SIGINT", () => ending.abort());
    process.once("SIGTERM", () => ending.abort());
    return ending.signal;
}

main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(toldBy(error));
    process.exitCode = 1;
});
