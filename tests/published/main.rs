//! What is published beside the module does what it says: documents, ready-made policies,
//! examples, Rancher's form, metadata and workflows, each read from its file and judged.
//!
//! `UPDATE=1` writes the answers of the examples, the schema and the pictures anew.

mod commands;
mod documents;
mod examples;
mod files;
mod form;
mod index;
mod installing;
mod judging;
mod links;
mod markdown;
mod metadata;
mod pictures;
mod policies;
mod rules;
mod schema;
#[path = "../settings_schema/mod.rs"]
mod settings_schema;
mod test_commands;
mod workflows;
