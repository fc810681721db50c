//! The verbs of the `tollgate` command.

pub mod check;
pub mod dev;
pub mod doctor;
pub mod explain;
pub mod explain_error;
pub mod fmt;
pub mod lsp;
pub mod matrix;
pub mod test;
pub mod token;
pub mod user_hash;
