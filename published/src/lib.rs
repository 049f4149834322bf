//! What the tests of the published files share.
//!
//! - [`files`]: the repository's files, as text, YAML and Markdown.
//! - [`metadata`]: what `metadata.yml` states, which everything else has to agree with.
//! - [`judge`]: verdicts, of the native build and of the module at once.

pub mod files;
pub mod judge;
pub mod markdown;
pub mod metadata;
