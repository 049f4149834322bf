//! The waPC guest: registers the policy's functions with the policy server.

use kubewarden_policy_sdk::protocol_version_guest;
use wapc_guest::{host_call, register_function};
use windows_hostprocess_policy::{Host, validate, validate_settings};

/// The policy server that runs the module.
struct PolicyServer;

impl Host for PolicyServer {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        host_call("kubewarden", "kubernetes", operation, request).map_err(|error| {
            let error = error.to_string();
            // wapc-guest puts this before the host's own words.
            error
                .strip_prefix("Host error: ")
                .unwrap_or(&error)
                .to_owned()
        })
    }
}

/// What a waPC host calls first.
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("validate", |payload| Ok(validate(payload, &PolicyServer)));
    register_function("validate_settings", |settings| {
        Ok(validate_settings(settings))
    });
    register_function("protocol_version", protocol_version_guest);
}
