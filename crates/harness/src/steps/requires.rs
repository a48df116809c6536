//! `requires`: what this machine must have, before the long work, and all that is missing at once.

use smoke_core::cause::{Cause, Code};
use smoke_core::program;

use crate::context::Context;
use crate::missing;
use crate::step::{Done, Step};

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
    let mut programs = spec.programs.clone();
    programs.extend((!spec.python.is_empty()).then(|| "{{PYTHON}}".to_owned()));
    for program in context.expand_all(&programs)? {
        if !is_there(context, &program) {
            lacking.push(format!("{program}: {}", missing::summary(&program)));
        }
    }
    let all_programs = lacking.is_empty();
    let (python, modules) = missing_modules(context, step)?;
    lacking.extend(modules.iter().map(|module| format!("{module}: {python} has no such module")));
    let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
    let next = match lacking.as_slice() {
        [] => return Ok(Done::ONCE),
        _ if all_programs => missing::next_for_modules(&python, &modules),
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

/// The interpreter of the run, and the modules that it does not find.
fn missing_modules(context: &Context, step: &Step) -> Result<(String, Vec<String>), Cause> {
    let modules = &context.profile.requires.python;
    let python = context.expand("{{PYTHON}}")?;
    if modules.is_empty() || !is_there(context, &python) {
        return Ok((python, Vec::new()));
    }
    let fixed = [python.clone(), "-c".into(), FIND_MODULES.into()];
    let command: Vec<String> = fixed.into_iter().chain(modules.iter().cloned()).collect();
    let cwd = &context.paths.tmp;
    let ran = step.check(&command, cwd, &context.environment, Code::PrerequisiteMissing)?;
    let named = |line: &String| modules.contains(line);
    Ok((python, ran.printed.last.into_iter().filter(named).collect()))
}
