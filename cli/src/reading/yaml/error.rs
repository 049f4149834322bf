//! Why a text cannot be read as YAML, and the advice for mistakes that people really make.

use std::fmt::{self, Display, Formatter};

use granit_parser::{ErrorKind, ScanError};

use super::super::position::Position;
use super::super::printable::printable;
use super::{DEEPEST, MOST_COPIED};

/// What keeps a text from being read, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct YamlError {
    /// The place in the text.
    pub position: Position,
    /// What is wrong there.
    pub kind: YamlErrorKind,
}

impl Display for YamlError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.position.line, self.kind)
    }
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq)]
pub enum YamlErrorKind {
    /// Not YAML. Holds the parser's words.
    Syntax(String),
    /// A character that ends a line for kubectl and not for other readers.
    LineSeparator(char),
    /// A byte order mark that is not at the beginning.
    ByteOrderMark,
    /// A tab that indents.
    Tab,
    /// A value that begins with `*` and is not an alias, such as `[*]`.
    UnquotedStar,
    /// A text that begins with `%`, `@` or a backtick, and that is not in quotes: `[%PATH%]`.
    UnquotedCharacter(char),
    /// A text that begins with `?`, and that is not in quotes: `{?a: b}`.
    UnquotedQuestionMark,
    /// A backslash in double quotes that begins no escape: `"NT AUTHORITY\SYSTEM"`.
    BackslashInDoubleQuotes,
    /// A value that begins with `{{`.
    Template,
    /// A key that stands twice in one mapping, also by a merge.
    KeyTwice(String),
    /// A key that is a list, a mapping or null.
    KeyIsNotText,
    /// `<<` with something else than a mapping or a list of mappings.
    MergeOfOther,
    /// An anchor whose name kubectl ends earlier: `&a:b`. Holds the name.
    AnchorName(String),
    /// An alias inside of the value that it names.
    AliasWithinItself,
    /// A tag that changes a value, such as `!!binary`.
    Tag,
    /// Too many levels within each other.
    TooDeep,
    /// Aliases that make the text many times as long.
    AliasesCopyTooMuch,
    /// Not one document, but this number of documents.
    NotOneDocument(usize),
}

impl Display for YamlErrorKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            YamlErrorKind::Syntax(words) => write!(f, "{}", printable(words)),
            YamlErrorKind::LineSeparator(character) => write!(
                f,
                "the character U+{:04X} ends a line for kubectl: delete it, \
                 or write it in double quotes as \\u{:04x}",
                u32::from(*character),
                u32::from(*character)
            ),
            YamlErrorKind::ByteOrderMark => write!(
                f,
                "a byte order mark (U+FEFF) in the middle of the file: delete it"
            ),
            YamlErrorKind::Tab => write!(f, "a tab: indent with spaces"),
            YamlErrorKind::UnquotedStar => {
                write!(
                    f,
                    "a star begins an alias: put quotes around the text that begins with it"
                )
            }
            YamlErrorKind::UnquotedCharacter(character) => {
                write!(
                    f,
                    "no text begins with {character}: write it in single quotes"
                )
            }
            YamlErrorKind::UnquotedQuestionMark => write!(
                f,
                "a question mark begins a key for kubectl: write the text in quotes"
            ),
            YamlErrorKind::BackslashInDoubleQuotes => write!(
                f,
                "a backslash in double quotes begins an escape: use single quotes, \
                 as in 'NT AUTHORITY\\SYSTEM'"
            ),
            YamlErrorKind::Template => {
                write!(
                    f,
                    "{{{{ begins a template: render it first, or write it in quotes"
                )
            }
            YamlErrorKind::KeyTwice(key) => {
                write!(
                    f,
                    "the key {} stands twice in one mapping: delete one of them",
                    printable(key)
                )
            }
            YamlErrorKind::KeyIsNotText => write!(f, "a key must be text"),
            YamlErrorKind::MergeOfOther => {
                write!(f, "<< must have a mapping or a list of mappings")
            }
            YamlErrorKind::AnchorName(name) => write!(
                f,
                "kubectl reads the anchor {} differently: write its name with letters, digits, _ and -",
                printable(&format!("&{name}"))
            ),
            YamlErrorKind::AliasWithinItself => {
                write!(f, "an alias stands inside of the value that it names")
            }
            YamlErrorKind::Tag => write!(f, "a tag: write the value without it"),
            YamlErrorKind::TooDeep => write!(f, "more than {DEEPEST} levels within each other"),
            YamlErrorKind::AliasesCopyTooMuch => {
                write!(f, "aliases copy more than {MOST_COPIED} bytes")
            }
            YamlErrorKind::NotOneDocument(number) => {
                write!(f, "must be one document, has {number}")
            }
        }
    }
}

impl YamlError {
    /// Returns the parser's error, or a more helpful one if the text shows a common mistake.
    pub(super) fn from_scan_error(error: &ScanError, text: &str) -> Self {
        let position = super::position(*error.marker());
        let line = line_of(text, position);
        let kind = match error.kind() {
            ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabInIndentation => YamlErrorKind::Tab,
            ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::InvalidQuotedScalarHexEscape
            | ErrorKind::InvalidUnicodeEscape => YamlErrorKind::BackslashInDoubleQuotes,
            ErrorKind::MissingAnchorOrAliasName | ErrorKind::UnknownAnchor
                if has_unquoted_star(line) =>
            {
                YamlErrorKind::UnquotedStar
            }
            _ if let Some(character) = reserved_character(line, position) => {
                YamlErrorKind::UnquotedCharacter(character)
            }
            // Other mistakes are told by the line in which the parser has stopped.
            _ if is_indented_with_tab(line) => YamlErrorKind::Tab,
            _ if line.contains("{{") => YamlErrorKind::Template,
            _ => YamlErrorKind::Syntax(error.info()),
        };
        YamlError { position, kind }
    }

    /// Returns the error for a key at `position` that is not text. The key may also be a template: YAML
    /// reads `{{ .Values.a }}` as a mapping whose key is a mapping.
    pub(super) fn from_key(position: Position, text: &str) -> Self {
        let kind = if line_of(text, position).contains("{{") {
            YamlErrorKind::Template
        } else {
            YamlErrorKind::KeyIsNotText
        };
        YamlError { position, kind }
    }
}

fn line_of(text: &str, position: Position) -> &str {
    let line = text.lines().nth(position.line.saturating_sub(1));
    line.unwrap_or_default()
}

/// Returns whether a star that names no anchor stands in `line` where a value may begin:
/// `[*]`, `- *`, `images: *.example.com/*`.
fn has_unquoted_star(line: &str) -> bool {
    let mut before = ' ';
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let may_begin_value = before.is_whitespace() || "[{,".contains(before);
        let names_anchor = match characters.peek() {
            Some(after) => after.is_alphanumeric() || *after == '_',
            None => false,
        };
        if character == '*' && may_begin_value && !names_anchor {
            return true;
        }
        before = character;
    }
    false
}

/// Returns the character at `position`, if it is one with which no plain text of YAML begins.
fn reserved_character(line: &str, position: Position) -> Option<char> {
    let character = line.chars().nth(position.column.checked_sub(1)?)?;
    matches!(character, '%' | '@' | '`').then_some(character)
}

fn is_indented_with_tab(line: &str) -> bool {
    let mut indentation = line.chars().take_while(|c| c.is_whitespace());
    indentation.any(|c| c == '\t')
}
