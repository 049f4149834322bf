//! How strictly each requirement is held.

use crate::requirements::REQUIREMENTS;

/// What a failed requirement does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// The request is denied.
    Deny,
    /// An admitted request carries a warning.
    Warn,
    /// Nothing: it is not judged.
    Off,
}

impl Mode {
    /// The names of the modes in settings.
    pub const NAMES: [(&'static str, Mode); 3] = [
        ("deny", Mode::Deny),
        ("warn", Mode::Warn),
        ("off", Mode::Off),
    ];
}

/// The mode of each requirement, in the order of the list of requirements.
#[derive(Clone, Copy)]
pub struct Modes(pub(crate) [Mode; REQUIREMENTS.len()]);

impl Default for Modes {
    fn default() -> Self {
        Modes(core::array::from_fn(|index| REQUIREMENTS[index].default))
    }
}
