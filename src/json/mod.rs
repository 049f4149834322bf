//! JSON: reading it token by token, and writing the policy's answers.

mod lexer;
mod write;

pub(crate) use lexer::{Lexer, Syntax};
pub(crate) use write::{Object, Value};
