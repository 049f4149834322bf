//! What a check found.

use super::judge::Judged;
use crate::reading::source::Unreadable;

/// What came of a check.
#[derive(Default)]
pub struct Report {
    /// The objects to tell of, in the order of the files.
    pub judged: Vec<Judged>,
    /// What could not be read or judged.
    pub unreadable: Vec<Unreadable>,
    /// How many objects were judged.
    pub checked: usize,
    /// How many documents of directories are no objects.
    pub passed_over: usize,
    /// How many objects are denied.
    pub denied: usize,
    /// How many are admitted with a warning.
    pub warned: usize,
    /// How many objects the settings newly admit and newly deny, where there are others to
    /// compare with.
    pub changed: Option<(usize, usize)>,
    /// How many rules the settings have, where these alone were checked.
    pub rules: Option<usize>,
    /// Whether rules name requesters, and whoever asks was taken for one.
    pub anyone: bool,
}
