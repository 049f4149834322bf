//! The module's entry points: what a waPC host calls.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wapc_guest::{CallResult, host_call, register_function};

use crate::host::Host;

/// The version of the protocol between policy server and policy.
const PROTOCOL_VERSION: &[u8] = br#""v1""#;

/// Called once by the host, before anything else.
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", validate);
    register_function("validate_settings", validate_settings);
    register_function("protocol_version", protocol_version);
}

fn validate(payload: &[u8]) -> CallResult {
    Ok(crate::validate(payload, &PolicyServer))
}

fn validate_settings(settings: &[u8]) -> CallResult {
    Ok(crate::validate_settings(settings))
}

fn protocol_version(_: &[u8]) -> CallResult {
    Ok(Vec::from(PROTOCOL_VERSION))
}

/// The policy server, through waPC.
struct PolicyServer;

impl Host for PolicyServer {
    fn list_all_resources(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        host_call("kubewarden", "kubernetes", "list_resources_all", request)
            .map_err(|error| error.to_string())
    }
}
