//! How the module is linked: where its stack lies and how large it is.

use std::env;

/// In bytes. The reader's limit of 127 levels needs a part of it. The last page of it is
/// not full: 1408 bytes are enough for an ordinary pod, and the data begin in the same page.
/// Touching a page of memory for the first time takes longer than reading such a pod.
const STACK: u32 = 124 * 1024 + 1408;
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
