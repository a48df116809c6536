//! `requires`: what this machine must have, before the long work, and all that is missing at once.

use smoke_core::program;

use crate::cause::{Cause, Code};
use crate::missing;
use crate::run::context::Context;
use crate::run::step::{Done, Step};

/// Prints the modules among its arguments that it cannot find, one a line. To find one that is in another,
/// the other is imported, which can fail in any way.
pub const FIND_MODULES: &str = "import importlib.util, sys\nfor name in sys.argv[1:]:\n    \
    try:\n        found = importlib.util.find_spec(name)\n    \
    except Exception:\n        found = None\n    \
    if found is None:\n        print(name)\n";

/// Looks for the programs and the Python modules that the profile names.
pub fn look(context: &Context, step: &Step) -> Result<Done, Cause> {
    let spec = &context.profile.requires;
    let mut lacking = Vec::new();
    for program in context.expand_all(&spec.programs)? {
        if !is_there(context, &program) {
            lacking.push(format!("{program}: {}", missing::summary(&program)));
        }
    }
    lacking.extend(missing_modules(context, step)?);
    if lacking.is_empty() {
        return Ok(Done::ONCE);
    }
    let next = match lacking.as_slice() {
        [only] => missing::next(only.split(':').next().unwrap_or_default()),
        _ => "cargo xtask doctor, which says how to get each of them".to_owned(),
    };
    let names: Vec<&str> = lacking.iter().filter_map(|line| line.split(':').next()).collect();
    let summary = format!("this machine lacks {}", names.join(", "));
    Err(Cause::new(Code::PrerequisiteMissing, summary, next).evidence(lacking))
}

fn is_there(context: &Context, program: &str) -> bool {
    program::find(program, context.environment.get("PATH").unwrap_or_default()).is_some()
}

/// The modules that the interpreter of the run does not find, or that there is no interpreter.
fn missing_modules(context: &Context, step: &Step) -> Result<Vec<String>, Cause> {
    let modules = &context.profile.requires.python;
    let python = context.expand("{{PYTHON}}")?;
    if modules.is_empty() {
        return Ok(Vec::new());
    }
    if !is_there(context, &python) {
        return Ok(vec![format!("{python}: {}", missing::summary(&python))]);
    }
    let fixed = [python.clone(), "-c".into(), FIND_MODULES.into()];
    let command: Vec<String> = fixed.into_iter().chain(modules.iter().cloned()).collect();
    let cwd = &context.paths.tmp;
    let ran = step.check(&command, cwd, &context.environment, Code::PrerequisiteMissing)?;
    let named = |line: &String| modules.contains(line);
    let module = |line: String| format!("{line}: {python} has no such module");
    Ok(ran.told.last.into_iter().filter(named).map(module).collect())
}
