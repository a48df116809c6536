//! How Codex is driven: all that it needs is on its command line.

use std::time::Duration;

use super::invocation::{JSON, exec};
use super::{INSTALL, config, stream, too_old};
use crate::agent::CODEX;
use crate::recipe::{Installation, Model, Prepared, Recipe, Wanted};

/// The recipe.
pub const RECIPE: Recipe = Recipe {
    agent: &CODEX,
    form: stream::FORM,
    program: "codex",
    install: INSTALL,
    help: &["exec", "--help"],
    needs: &JSON,
    features: Some(&["features", "list"]),
    too_old,
    prepare,
    // Its home is set by the run, and a key of the developer's may be its login.
    own_variables: &[],
    logs: &[],
    detour: None,
    pause: Duration::ZERO,
    is_hasty: false,
};

fn prepare(installation: &Installation, wanted: &Wanted) -> Prepared {
    let mut variables = config::variables(wanted.endpoint);
    if let Model::Scripted(model) = wanted.model {
        variables.push((config::KEY.to_owned(), model.key.to_owned()));
    }
    Prepared { files: Vec::new(), variables, argv: exec(installation, wanted) }
}
