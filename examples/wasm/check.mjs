// Loads the module, makes and verifies everything in it, changes bytes and sees them refused, and compares what it
// makes from a fixed seed with what native code makes.
//
//     native | node check.mjs dero_wasm.wasm
import { readFileSync } from "node:fs";
import { randomFillSync } from "node:crypto";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
const { memory, seeds, bytes, make, accepts } = instance.exports;

// The memory may grow, and a view of it is void then: take a new one each time.
const view = (at, length) => new Uint8Array(memory.buffer, at, length);
const check = (condition, what) => {
    if (!condition) {
        console.error(`FAILED: ${what}`);
        process.exit(1);
    }
};

const native = readFileSync(0, "utf8").trim().split("\n").map((line) => line.split(" "));
check(native.length === 5, "five kinds");
for (const [kind, [name, expected]] of native.entries()) {
    view(seeds(), 64).set(Array.from({ length: 64 }, (_, place) => place));
    const made = Buffer.from(view(bytes(), make(kind))).toString("hex");
    check(made === expected, `${name}: the same bytes as native code from the same seed`);

    randomFillSync(view(seeds(), 64));
    const start = performance.now();
    const length = make(kind);
    const proved = performance.now();
    check(accepts(kind, length) === 1, `${name}: accepted`);
    const verified = performance.now();
    check(Buffer.from(view(bytes(), length)).toString("hex") !== expected, `${name}: another seed, other bytes`);
    check(accepts(kind, length - 1) === 0, `${name}: one byte less is refused`);
    let refused = 0;
    for (let place = 0; place < length; place += 31) {
        view(bytes(), length)[place] ^= 1;
        check(accepts(kind, length) === 0, `${name}: byte ${place} changed, and refused`);
        view(bytes(), length)[place] ^= 1;
        refused += 1;
    }
    check(accepts(kind, length) === 1, `${name}: changed back, and accepted`);
    const ms = (time) => `${time.toFixed(0)} ms`;
    console.log(
        `${name}: ${length} bytes as native code makes them, made in ${ms(proved - start)}, ` +
            `accepted in ${ms(verified - proved)}, refused with ${refused} other bytes`,
    );
}
check(make(5) === 0 && accepts(5, 32) === 0 && accepts(0, 1025) === 0, "what is unknown or too long is refused");
console.log(`memory at its peak: ${(memory.buffer.byteLength / 1048576).toFixed(1)} MiB`);
