//! Reading JSON without building it: the members of one object as spans of its bytes.

mod text;
mod walk;

pub(crate) use text::unescape;
pub(crate) use walk::{Kind, Malformed, Member, Members, Trouble, walk_object, walk_value};
