//! Where generated values come from: a string of bytes, each of which decides
//! something.
//!
//! proptest and libFuzzer both make up bytes and shrink them, so the generators
//! are written once for both. Bytes that are used up read as zero, and zero is the
//! simplest choice everywhere: a shorter input is a simpler value.

use arbitrary::Unstructured;

/// Decisions, taken one after the other from bytes.
pub struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    /// The decisions in `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    /// A number below `bound`; 0 where nothing is left to decide by.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.choose_index(bound).unwrap_or(0)
    }

    /// True once in `cases`; false where nothing is left to decide by.
    pub fn once_in(&mut self, cases: usize) -> bool {
        self.below(cases) + 1 == cases
    }

    /// One of `options`, the first where nothing is left to decide by.
    ///
    /// # Panics
    /// Where there are no options.
    pub fn pick<'o, T>(&mut self, options: &'o [T]) -> &'o T {
        &options[self.below(options.len())]
    }

    /// The first of `options`, and once in `cases` any of them.
    ///
    /// # Panics
    /// Where there are no options.
    pub fn mostly_first<'o, T>(&mut self, cases: usize, options: &'o [T]) -> &'o T {
        if self.once_in(cases) {
            self.pick(options)
        } else {
            &options[0]
        }
    }
}
