//! How the module is linked: where its stack lies and how large it is.

use std::env;

/// In bytes. The reader's limit of 127 levels needs a part of it. It is not a multiple
/// of a page of the machine's, so that the first bytes of data lie in the page that the
/// stack begins in: touching a page for the first time costs more than reading a pod.
const STACK: u32 = 126 * 1024;
/// In bytes: enough for stack, data and an ordinary request, so that a fresh
/// instance need not ask for more memory before it can answer.
const MEMORY: u32 = 512 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("wasm32") {
        return;
    }
    for argument in [
        // Below the stack there is nothing, so that overflowing it is a trap.
        "--stack-first".to_string(),
        format!("-zstack-size={STACK}"),
        format!("--initial-memory={MEMORY}"),
    ] {
        println!("cargo::rustc-link-arg={argument}");
    }
}
