//! What a policy server demands of the module, and the section that it reads.

use std::fmt;

use wasm_encoder::{CustomSection, Section};
use wasmparser::{Parser, Payload, Validator};

use crate::Metadata;
use crate::metadata::keys;

/// The custom section that holds the metadata.
pub const SECTION: &str = "io.kubewarden.metadata";

/// What every waPC guest exports.
const EXPORTS: [&str; 3] = ["memory", "wapc_init", "__guest_call"];

/// Why a module is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Not a valid WebAssembly module, with the library's reason.
    NotAModule(String),
    /// The module imports something a policy server does not offer.
    Import {
        /// The module name of the import.
        module: String,
        /// The item's name.
        name: String,
    },
    /// The module lacks an export that a waPC host calls.
    MissingExport(&'static str),
    /// The module has a metadata section already; readers would take the first.
    Annotated,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAModule(reason) => write!(f, "not a WebAssembly module: {reason}"),
            Self::Import { module, name } => write!(
                f,
                "the module imports {module}.{name}, and a policy server offers nothing but wapc.*"
            ),
            Self::MissingExport(name) => write!(f, "the module does not export {name}"),
            Self::Annotated => write!(
                f,
                "the module has a section {SECTION} already: annotate the bare module"
            ),
        }
    }
}

impl std::error::Error for Refused {}

/// Checks that `module` is valid, bare, imports nothing but `wapc.*` and exports
/// what a waPC host calls.
///
/// # Errors
/// The first reason to refuse it.
pub fn check(module: &[u8]) -> Result<(), Refused> {
    let not_a_module =
        |error: wasmparser::BinaryReaderError| Refused::NotAModule(error.to_string());
    Validator::new()
        .validate_all(module)
        .map_err(not_a_module)?;
    let mut exports = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(not_a_module)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(not_a_module)?;
                    if import.module != "wapc" {
                        return Err(Refused::Import {
                            module: import.module.to_owned(),
                            name: import.name.to_owned(),
                        });
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    exports.push(export.map_err(not_a_module)?.name);
                }
            }
            Payload::CustomSection(section) if section.name() == SECTION => {
                return Err(Refused::Annotated);
            }
            _ => {}
        }
    }
    match EXPORTS.into_iter().find(|name| !exports.contains(name)) {
        Some(missing) => Err(Refused::MissingExport(missing)),
        None => Ok(()),
    }
}

/// The module with `metadata` in a custom section at its end; `readme` becomes
/// the annotation that the hub shows as the policy's documentation.
///
/// # Errors
/// As [`check`].
pub fn annotate(module: &[u8], metadata: &Metadata, readme: &str) -> Result<Vec<u8>, Refused> {
    check(module)?;
    let mut metadata = metadata.clone();
    metadata
        .annotations
        .insert(keys::USAGE.to_owned(), readme.to_owned());
    let json = serde_json::to_vec(&metadata).expect("strings and lists are JSON");
    let mut annotated = module.to_vec();
    CustomSection {
        name: SECTION.into(),
        data: json.as_slice().into(),
    }
    .append_to(&mut annotated);
    Ok(annotated)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::Value;

    use super::*;
    use crate::metadata::tests::sample;

    fn guest(more: &str) -> Vec<u8> {
        let text = format!(
            r#"(module {more}
                 (memory (export "memory") 1)
                 (func (export "wapc_init"))
                 (func (export "__guest_call") (param i32 i32) (result i32) i32.const 1))"#
        );
        wat::parse_str(text).unwrap()
    }

    /// The data of every custom section of that name.
    fn sections(module: &[u8]) -> Vec<Vec<u8>> {
        Parser::new(0)
            .parse_all(module)
            .filter_map(|payload| match payload.unwrap() {
                Payload::CustomSection(section) if section.name() == SECTION => {
                    Some(section.data().to_vec())
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn accepts_a_guest_that_imports_only_wapc() {
        let module = guest(r#"(import "wapc" "__guest_request" (func (param i32 i32)))"#);
        assert_eq!(check(&module), Ok(()));
    }

    #[test]
    fn refuses_an_import_that_is_not_wapc() {
        let module = guest(r#"(import "wasi_snapshot_preview1" "fd_write" (func))"#);
        let refused = check(&module).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the module imports wasi_snapshot_preview1.fd_write, and a policy server offers nothing but wapc.*"
        );
    }

    #[rstest]
    #[case::no_memory("(module)", "memory")]
    #[case::no_init(r#"(module (memory (export "memory") 1))"#, "wapc_init")]
    #[case::no_call(
        r#"(module (memory (export "memory") 1) (func (export "wapc_init")))"#,
        "__guest_call"
    )]
    fn refuses_a_module_without_export(#[case] text: &str, #[case] missing: &'static str) {
        let module = wat::parse_str(text).unwrap();
        assert_eq!(check(&module), Err(Refused::MissingExport(missing)));
    }

    #[test]
    fn refuses_what_is_not_a_module() {
        assert!(matches!(check(b"policy"), Err(Refused::NotAModule(_))));
    }

    #[test]
    fn refuses_a_module_cut_short() {
        let module = guest("");
        assert!(matches!(
            check(&module[..module.len() - 1]),
            Err(Refused::NotAModule(_))
        ));
    }

    #[test]
    fn annotated_module_is_the_bare_one_and_one_section() {
        let bare = guest("");
        let annotated = annotate(&bare, &sample(), "# Usage\n").unwrap();
        assert_eq!(annotated[..bare.len()], bare[..]);
        Validator::new().validate_all(&annotated).unwrap();
        let sections = sections(&annotated);
        assert_eq!(sections.len(), 1);
        let json: Value = serde_json::from_slice(&sections[0]).unwrap();
        assert_eq!(json["protocolVersion"], "v1");
        assert_eq!(json["executionMode"], "kubewarden-wapc");
        assert_eq!(json["policyType"], "kubernetes");
        assert_eq!(json["mutating"], false);
        assert_eq!(json["backgroundAudit"], true);
        assert_eq!(json["rules"][0]["apiGroups"][0], "");
        assert_eq!(json["contextAwareResources"][0]["kind"], "Node");
        assert_eq!(json["annotations"][keys::USAGE], "# Usage\n");
        assert_eq!(
            serde_json::to_vec(&json).unwrap().len(),
            sections[0].len(),
            "compact"
        );
    }

    #[test]
    fn annotating_twice_is_refused() {
        let annotated = annotate(&guest(""), &sample(), "").unwrap();
        assert_eq!(annotate(&annotated, &sample(), ""), Err(Refused::Annotated));
    }
}
