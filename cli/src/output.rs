//! The forms in which `check` writes its report.

pub mod fingerprint;
pub mod github;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod text;

/// Returns the path of `file` as GitHub compares it with those of a repository: with single slashes, and
/// without `./`.
fn path_in_repository(file: &str) -> String {
    // On other systems, a backslash is a part of a name.
    let file = if cfg!(windows) {
        file.replace('\\', "/")
    } else {
        file.to_owned()
    };
    let components = file.split('/');
    let components: Vec<&str> = components
        .filter(|component| !component.is_empty() && *component != ".")
        .collect();
    let root = if file.starts_with('/') { "/" } else { "" };
    format!("{root}{}", components.join("/"))
}
