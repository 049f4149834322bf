//! Questions to all bytes of a text, asked sixteen at a time.
//!
//! Most bytes of a request stand in strings that nobody looks at, so what is done
//! to each byte is most of what the policy costs. WebAssembly's vector
//! instructions, which Kubewarden's engine has, compare sixteen at once; `plainly`
//! is how the same is told elsewhere and of the last few, and what the tests hold
//! the vectors to.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use vectors::{end_of_plain, is_ascii};

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use plainly::{end_of_plain, is_ascii};

/// Whether two names are the same. They are short, and comparing them the general
/// way is a call and a loop over bytes.
#[inline]
pub(crate) fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    // Both ends, which meet or overlap in the middle.
    match a.len() {
        4..8 => a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk(),
        8..=16 => a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk(),
        17..=32 => {
            a.first_chunk::<16>() == b.first_chunk() && a.last_chunk::<16>() == b.last_chunk()
        }
        _ => a == b,
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vectors {
    use core::arch::wasm32::*;

    use super::plainly;

    const SIZE: usize = 16;

    /// As [`plainly::end_of_plain`].
    #[inline]
    pub(crate) fn end_of_plain(bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        while let Some(block) = block(bytes, at) {
            let quotes = u8x16_eq(block, u8x16_splat(b'"'));
            let backslashes = u8x16_eq(block, u8x16_splat(b'\\'));
            let controls = u8x16_lt(block, u8x16_splat(b' '));
            let ends = u8x16_bitmask(v128_or(v128_or(quotes, backslashes), controls));
            if ends != 0 {
                return at + ends.trailing_zeros() as usize;
            }
            at += SIZE;
        }
        plainly::end_of_plain(bytes, at)
    }

    /// As [`plainly::is_ascii`].
    pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
        let mut all = u8x16_splat(0);
        let mut at = 0;
        while let Some(block) = block(bytes, at) {
            all = v128_or(all, block);
            at += SIZE;
        }
        u8x16_bitmask(all) == 0 && plainly::is_ascii(bytes.get(at..).unwrap_or_default())
    }

    /// The block that begins at `at`, where `bytes` has as many.
    #[inline(always)]
    fn block(bytes: &[u8], at: usize) -> Option<v128> {
        let block = bytes.get(at..)?.first_chunk::<SIZE>()?;
        // SAFETY: that many bytes are there, and a load needs no alignment.
        Some(unsafe { v128_load(block.as_ptr().cast()) })
    }
}

mod plainly {
    /// The index, not before `from`, of the first byte that is a quote, a backslash
    /// or a control character: what ends the plain part of a JSON string. The
    /// length of `bytes` where there is none.
    #[inline]
    pub(crate) fn end_of_plain(bytes: &[u8], from: usize) -> usize {
        let rest = bytes.get(from..).unwrap_or_default();
        let plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
        from + rest.iter().take_while(plain).count()
    }

    /// Whether all of `bytes` are ASCII.
    #[inline]
    pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
        bytes.is_ascii()
    }
}

/// The module asks vectors: the suite `reliability` compares both builds, with
/// strings that end anywhere in a block.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_the_plain_part() {
        for byte in 0..=u8::MAX {
            let ends = byte == b'"' || byte == b'\\' || byte < 0x20;
            for at in [0, 1, 15, 16, 17, 40] {
                let mut bytes = [b'a'; 41];
                bytes[at] = byte;
                let expected = if ends { at } else { bytes.len() };
                assert_eq!(end_of_plain(&bytes, 0), expected, "{byte} at {at}");
                assert_eq!(end_of_plain(&bytes, at), expected, "{byte} at {at}");
            }
        }
        assert_eq!((end_of_plain(b"", 0), end_of_plain(b"a\"", 2)), (0, 2));
    }

    #[test]
    fn what_is_ascii() {
        for at in 0..40 {
            let mut bytes = [0x7f; 40];
            assert!(is_ascii(&bytes[at..]));
            bytes[at] = 0x80;
            assert!(!is_ascii(&bytes));
        }
    }
}
