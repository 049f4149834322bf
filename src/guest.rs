//! The module's entry points: what a waPC host calls and offers.
//!
//! waPC's own guest library (`wapc-guest`) needs the standard library, whose
//! panic messages, hash maps and locks are 30 KB that the policy has no use for;
//! the protocol is these few functions. Tests run the module in waPC's own host.

use alloc::string::String;
use alloc::vec::Vec;

use crate::heap;
use crate::host::Host;

/// The version of the protocol between policy server and policy, as JSON.
const PROTOCOL_VERSION: &[u8] = br#""v1""#;

#[link(wasm_import_module = "wapc")]
unsafe extern "C" {
    /// Copies the operation's name and the payload of the call into memory.
    fn __guest_request(operation: *mut u8, payload: *mut u8);
    /// Tells the host the answer to the call.
    fn __guest_response(answer: *const u8, length: usize);
    /// Tells the host why there is no answer.
    fn __guest_error(reason: *const u8, length: usize);
    /// Calls a capability of the host. Returns 1 where there is an answer.
    fn __host_call(
        binding: *const u8,
        binding_length: usize,
        namespace: *const u8,
        namespace_length: usize,
        operation: *const u8,
        operation_length: usize,
        payload: *const u8,
        payload_length: usize,
    ) -> usize;
    fn __host_response_len() -> usize;
    fn __host_response(answer: *mut u8);
    fn __host_error_len() -> usize;
    fn __host_error(reason: *mut u8);
}

/// Called once by the host, before anything else. There is nothing to prepare.
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {}

/// Called by the host for each operation, with the lengths of what it has to
/// say. Returns 1 where there is an answer.
#[unsafe(no_mangle)]
pub extern "C" fn __guest_call(operation_length: usize, payload_length: usize) -> usize {
    // SAFETY: all that earlier calls allocated has been dropped.
    unsafe { heap::clear() };
    let mut operation = Vec::new();
    let payload = filled(payload_length, |payload| {
        operation = filled(operation_length, |operation| {
            // SAFETY: both buffers have the lengths that the host gave.
            unsafe { __guest_request(operation, payload) };
        });
    });
    let answer = match &operation[..] {
        b"validate" => crate::validate(&payload, &PolicyServer),
        b"validate_settings" => crate::validate_settings(&payload),
        b"protocol_version" => Vec::from(PROTOCOL_VERSION),
        _ => {
            let reason = "no such operation";
            // SAFETY: the host reads that many bytes from there.
            unsafe { __guest_error(reason.as_ptr(), reason.len()) };
            return 0;
        }
    };
    // SAFETY: as above; the host copies the answer before it returns.
    unsafe { __guest_response(answer.as_ptr(), answer.len()) };
    1
}

/// A buffer of `length` bytes, all of which `fill` writes.
fn filled(length: usize, fill: impl FnOnce(*mut u8)) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(length);
    fill(buffer.as_mut_ptr());
    // SAFETY: the capacity is at least that, and `fill` has written it.
    unsafe { buffer.set_len(length) };
    buffer
}

/// The policy server, through waPC.
struct PolicyServer;

impl Host for PolicyServer {
    fn list_all_resources(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        const BINDING: &str = "kubewarden";
        const NAMESPACE: &str = "kubernetes";
        const OPERATION: &str = "list_resources_all";
        // SAFETY: the host reads these strings, and writes as many bytes as it
        // says it has.
        unsafe {
            let answered = __host_call(
                BINDING.as_ptr(),
                BINDING.len(),
                NAMESPACE.as_ptr(),
                NAMESPACE.len(),
                OPERATION.as_ptr(),
                OPERATION.len(),
                request.as_ptr(),
                request.len(),
            );
            if answered == 1 {
                return Ok(filled(__host_response_len(), |answer| {
                    __host_response(answer);
                }));
            }
            let reason = filled(__host_error_len(), |reason| __host_error(reason));
            Err(String::from_utf8(reason).unwrap_or_default())
        }
    }
}

/// A panic is a trap, which the policy server answers with a denial.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
