//! Where the bytes and the instructions of a module go, by function.
//!
//! Instructions are found by sampling: a request is judged again and again, each
//! time with a little more fuel, and where the fuel ends the stack is read. That is
//! as repeatable as the fuel itself. The engine notices the end at the next loop or
//! call, so straight code may be put down to the function that it calls next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rustc_demangle::demangle;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};
use wasmtime::error::{Result, ensure};
use wasmtime::{FrameInfo, WasmBacktrace};

use crate::guest::Code;
use crate::requests::{self, Case};

const SAMPLES: u64 = 2_000;

/// Functions below that, in per cent, are left out.
const LEAST_SHARE: f64 = 1.0;

/// Larger requests take long to sample, and say the same.
const LARGEST_REQUEST: usize = 100_000;

/// Both lists for `module`, which has the names of its functions, as text: what
/// takes its bytes, and what takes the instructions of each kind of request.
///
/// # Errors
/// When the module is not in order, has no names, or fails.
pub fn profile(module: &[u8]) -> Result<String> {
    let sizes = sizes(module)?;
    let total: u64 = sizes.iter().map(|(_, size)| size).sum();
    let mut text = format!("code and data: {total} bytes\n");
    for (name, size) in sizes {
        let share = percent(size, total);
        if share >= LEAST_SHARE {
            writeln!(text, "{size:>8} {share:>6.1} %  {name}")?;
        }
    }
    for case in requests::cases() {
        let Case { name, payload, .. } = case;
        if payload.len() > LARGEST_REQUEST {
            continue;
        }
        let stacks = Stacks::sample(module, &payload)?;
        writeln!(
            text,
            "\n{name}: fuel {}; with what it calls, itself",
            stacks.fuel
        )?;
        for Function {
            name,
            with_calls,
            itself,
        } in stacks.by_function()
        {
            let (with_calls, itself) = (percent(with_calls, SAMPLES), percent(itself, SAMPLES));
            if with_calls >= LEAST_SHARE {
                writeln!(text, "{with_calls:>6.1} % {itself:>6.1} %  {name}")?;
            }
        }
    }
    Ok(text)
}

fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole as f64
}

/// The functions with the bytes of their bodies, and the data, largest first.
fn sizes(module: &[u8]) -> Result<Vec<(String, u64)>> {
    let (mut names, mut bodies, mut imported, mut data) = (BTreeMap::new(), Vec::new(), 0, 0);
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes().len() as u64),
            Payload::DataSection(section) => data = section.range().end - section.range().start,
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    for subsection in section {
                        if let Name::Function(functions) = subsection? {
                            for function in functions {
                                let function = function?;
                                names.insert(function.index, short(function.name));
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    ensure!(!names.is_empty(), "the module has no names");
    let mut sizes: Vec<(String, u64)> = (imported..)
        .zip(bodies)
        .map(|(index, size)| {
            let name = names.remove(&index);
            (name.unwrap_or_else(|| format!("function {index}")), size)
        })
        .collect();
    sizes.push(("data".to_string(), data));
    sizes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(sizes)
}

/// A function's path without the hash that the compiler adds.
fn short(name: &str) -> String {
    format!("{:#}", demangle(name))
}

/// The stacks, innermost function first, at evenly spaced points of one call.
struct Stacks {
    /// What the call consumes.
    fuel: u64,
    stacks: Vec<Vec<String>>,
}

/// A function, and in how many of the samples it was found.
#[derive(Debug, PartialEq, Eq)]
struct Function<'a> {
    name: &'a str,
    with_calls: u64,
    itself: u64,
}

impl Stacks {
    fn sample(module: &[u8], payload: &[u8]) -> Result<Self> {
        let code = Code::compile(module, true)?;
        let mut guest = code.instance()?;
        let before = guest.consumed()?;
        guest.validate(payload)?;
        let fuel = guest.consumed()? - before;
        let mut stacks = Vec::new();
        for sample in 0..SAMPLES {
            let mut guest = code.instance()?;
            guest.leave((fuel * sample + fuel / 2) / SAMPLES)?;
            // Where the engine notices the end too late, the call succeeds: no stack.
            let Err(end) = guest.validate(payload) else {
                continue;
            };
            let Some(stack) = end.downcast_ref::<WasmBacktrace>() else {
                return Err(end);
            };
            let name = |frame: &FrameInfo| short(frame.func_name().unwrap_or("?"));
            stacks.push(stack.frames().iter().map(name).collect());
        }
        Ok(Self { fuel, stacks })
    }

    /// The functions, dearest first.
    fn by_function(&self) -> Vec<Function<'_>> {
        let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for stack in &self.stacks {
            // A function that calls itself counts once.
            for name in stack.iter().collect::<BTreeSet<_>>() {
                counts.entry(name).or_default().0 += 1;
            }
            if let Some(innermost) = stack.first() {
                counts.entry(innermost).or_default().1 += 1;
            }
        }
        let mut functions: Vec<_> = counts
            .into_iter()
            .map(|(name, (with_calls, itself))| Function {
                name,
                with_calls,
                itself,
            })
            .collect();
        functions.sort_by_key(|function| Reverse((function.with_calls, function.itself)));
        functions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_by_name() {
        let module = wat::parse_str(
            r#"(module (import "wapc" "f" (func)) (memory 1) (data (i32.const 0) "ab")
                (func $small) (func $large (drop (i32.const 1))))"#,
        );
        let expected = [("data", 8), ("large", 5), ("small", 2)];
        assert_eq!(
            sizes(&module.unwrap()).unwrap(),
            expected.map(|(name, size)| (name.to_string(), size))
        );
    }

    #[test]
    fn names_are_needed() {
        let module = wat::parse_str("(module (func))").unwrap();
        let error = sizes(&module).unwrap_err();
        assert_eq!(error.to_string(), "the module has no names");
    }

    #[test]
    fn a_function_that_calls_itself_counts_once() {
        let stack = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let stacks = Stacks {
            fuel: 10,
            stacks: vec![
                stack(&["leaf", "tree", "tree", "main"]),
                stack(&["tree", "main"]),
            ],
        };
        let function = |name, with_calls, itself| Function {
            name,
            with_calls,
            itself,
        };
        assert_eq!(
            stacks.by_function(),
            [
                function("tree", 2, 1),
                function("main", 2, 0),
                function("leaf", 1, 1)
            ]
        );
    }
}
