//! Who asks for nothing: nearly every request of a cluster, told by its bytes alone.

use memchr::memmem;

/// What has to be spelled in a payload of which anything is read.
///
/// - `hostProcess`: the field by which pods and containers ask.
/// - `hostprocess-`: what the runtime's three annotations begin with, behind a slash that
///   JSON may escape.
/// - `CONNECT`: the operation of `kubectl exec` and `attach`.
/// - `\u00`: how JSON may escape a letter of the above.
const MARKS: [&str; 4] = ["hostProcess", "hostprocess-", "CONNECT", r"\u00"];

/// Whether nothing in `payload` can ask for HostProcess, whatever it holds; then it is
/// accepted without being read. tests/properties.rs holds it to the full reading.
pub fn asks_for_nothing(payload: &[u8]) -> bool {
    MARKS.iter().all(|mark| memmem::find(payload, mark.as_bytes()).is_none())
}
