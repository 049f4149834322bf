//! Who asks for nothing: nearly every request of a cluster, told by its bytes alone.

use memchr::memchr3_iter;
use wide::u8x16;

/// What has to be spelled in a payload of which anything is read.
///
/// - `hostProcess`: the field by which pods and containers ask.
/// - `hostprocess-`: what the runtime's three annotations begin with, behind a slash that
///   JSON may escape.
/// - `CONNECT`: the operation of `kubectl exec` and `attach`.
/// - `\u00`: how JSON may escape a letter of the above.
const MARKS: [&str; 4] = ["hostProcess", "hostprocess-", "CONNECT", r"\u00"];

/// How many bytes are looked at in one go.
const BLOCK: usize = 64;

/// Whether nothing in `payload` can ask for HostProcess, whatever it holds; then it is
/// accepted without being read. tests/properties.rs holds it to the full reading.
///
/// One search for all marks: one of memmem's for each took three times as long.
pub fn asks_for_nothing(payload: &[u8]) -> bool {
    let blocks = |from: usize| payload.get(from..).unwrap_or_default().as_chunks().0;
    let eighths = blocks(7);
    let read = BLOCK * eighths.len();
    let blocks = blocks(0).iter().zip(blocks(1)).zip(eighths).enumerate();
    for (index, ((first, second), eighth)) in blocks {
        if may_hold(first, second, eighth) && holds(&payload[BLOCK * index..], BLOCK) {
            return false;
        }
    }
    !holds(&payload[read..], payload.len() - read)
}

/// Whether a mark may begin among the `first` bytes: its first letter stands there, and another of
/// it one or seven bytes further.
#[inline(always)]
fn may_hold(first: &[u8; BLOCK], second: &[u8; BLOCK], eighth: &[u8; BLOCK]) -> bool {
    let (first, second, eighth) = (
        first.as_chunks().0,
        second.as_chunks().0,
        eighth.as_chunks().0,
    );
    (may_begin(&first[0], &second[0], &eighth[0])
        | may_begin(&first[1], &second[1], &eighth[1])
        | may_begin(&first[2], &second[2], &eighth[2])
        | may_begin(&first[3], &second[3], &eighth[3]))
    .any()
}

#[inline(always)]
fn may_begin(first: &[u8; 16], second: &[u8; 16], eighth: &[u8; 16]) -> u8x16 {
    let (first, second, eighth) = (u8x16::new(*first), u8x16::new(*second), u8x16::new(*eighth));
    let is = |bytes: u8x16, letter: u8| bytes.simd_eq(u8x16::splat(letter));
    is(first, b'h') & is(eighth, b'c')
        | is(first, b'C') & is(second, b'O')
        | is(first, b'\\') & is(second, b'u')
}

/// Whether a mark begins in the first `length` bytes.
fn holds(payload: &[u8], length: usize) -> bool {
    let begins = |at: usize| {
        MARKS
            .iter()
            .any(|mark| payload[at..].starts_with(mark.as_bytes()))
    };
    memchr3_iter(b'h', b'C', b'\\', &payload[..length]).any(begins)
}

#[cfg(test)]
mod tests {
    use memchr::memmem;

    use super::*;

    /// What is nearly a mark, all around each of them and what is cut off of it, at every place.
    #[test]
    fn finds_what_a_search_for_each_mark_finds() {
        for (mark, around) in MARKS
            .iter()
            .zip(["h123456c", "hostProces", "CONNEC", r"\u0\"])
        {
            for (before, behind) in (0..2 * BLOCK).flat_map(|it| [(it, 0), (it, 1), (it, 100)]) {
                for spelled in [&mark[1..], mark, &mark[..mark.len() - 1]] {
                    let around = around.repeat(2 * BLOCK);
                    let payload = format!("{}{spelled}{}", &around[..before], &around[..behind]);
                    let payload = payload.as_bytes();
                    let finds = |mark: &&str| memmem::find(payload, mark.as_bytes()).is_some();
                    assert_eq!(
                        asks_for_nothing(payload),
                        !MARKS.iter().any(finds),
                        "{payload:?}"
                    );
                }
            }
        }
    }
}
