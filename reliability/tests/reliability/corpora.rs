//! The fuzz targets on the seeds under version control, which need no fuzzer.

use std::fs;

use conformance::data;
use reliability::targets;
use rstest::rstest;

#[rstest]
#[case::validate("validate", targets::validate)]
#[case::validate_settings("validate_settings", targets::validate_settings)]
#[case::workload("workload", targets::workload)]
fn the_targets_hold_on_their_seeds(#[case] target: &str, #[case] run: fn(&[u8])) {
    let folder = data::root().join("fuzz/corpus").join(target);
    let seeds = data::list(&folder);
    assert!(!seeds.is_empty(), "{} is empty", folder.display());
    for seed in &seeds {
        run(&fs::read(seed).expect("a seed can be read"));
    }
}
