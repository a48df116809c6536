//! Tests of what the files of a repository say of how it is started.

use super::*;
use crate::init::command_line::Asked;
use crate::init::tests::laid_out;

/// The hints of a repository of these files.
fn read(files: &[(&str, &str)]) -> Vec<Hint> {
    let (_folder, root, environment) = laid_out(files);
    hints(&Repository::look(&root, &environment).unwrap(), Utf8Path::new(""))
}

fn first(files: &[(&str, &str)]) -> Hint {
    read(files).remove(0)
}

#[test]
fn a_readme_has_whole_lists_pieces_of_them_and_commands() {
    let list = "# x\n```json\n{\"mcpServers\": {\"a\": {\"command\": \"npx\", \"args\": [\"-y\", \"a\", \"serve\"], \"env\": {\"A_KEY\": \"v\", \"MODE\": \"stdio\"}}}}\n```\n";
    let hint = first(&[("README.md", list)]);
    let line = hint.line.unwrap();
    assert_eq!(
        (line.asked, line.arguments),
        (Asked::Published("a".into()), vec!["serve".to_owned()])
    );
    assert_eq!(hint.variables[0], Variable { is_usual: true, ..Variable::named("A_KEY") });
    assert_eq!(hint.variables[1].value.as_deref(), Some("stdio"));
    let piece =
        "```jsonc\n\"a\": { // mine\n  \"command\": \"a\",\n  \"args\": [\"x\"],\n},\n```\n";
    assert_eq!(first(&[("README.md", piece)]).line.unwrap().arguments, ["x"]);
    let shell = "```bash\nclaude mcp add a -- uvx a --root .\n$ python -m a.b  # start\n```\n";
    let hints = read(&[("README.md", shell)]);
    assert_eq!(hints[0].line.as_ref().unwrap().asked, Asked::Published("a".into()));
    assert_eq!(hints[1].line.as_ref().unwrap().asked, Asked::Module("a.b".into()));
    assert!(hints[1].is_aside && !hints[0].is_aside);
}

#[test]
fn the_registrys_file_has_arguments_and_variables() {
    let server = r#"{"packages":[{"registryType":"npm","identifier":"a","packageArguments":[
        {"type":"positional","value":"serve"},{"type":"named","name":"--root","isRequired":true,"valueHint":"folder"},
        {"type":"named","name":"--level","default":"3"}],
        "environmentVariables":[{"name":"A_KEY","isRequired":true,"isSecret":true},{"name":"B"}]}]}"#;
    let hint = first(&[("server.json", server)]);
    assert_eq!(hint.line.unwrap().arguments, ["serve", "--root", "<folder>"]);
    assert!(hint.variables[0].is_required && !hint.variables[1].is_required);
}

#[test]
fn a_bundles_manifest_says_what_a_person_must_fill_in() {
    let manifest = r#"{"manifest_version":"0.2","server":{"type":"node","entry_point":"d/i.js","mcp_config":{
        "command":"node","args":["${__dirname}/d/i.js"],"env":{"K":"${user_config.k}"}}},
        "user_config":{"k":{"required":true}}}"#;
    let hint = first(&[("manifest.json", manifest)]);
    assert_eq!(hint.line.unwrap().asked, Asked::File("${__dirname}/d/i.js".into()));
    assert!(hint.variables[0].is_required);
}

#[test]
fn a_function_in_yaml_returns_a_command() {
    let yaml = "startCommand:\n  type: stdio\n  configSchema:\n    required:\n      - apiKey\n    properties: {}\n  \
                commandFunction:\n    |-\n    (config) => ({ command: 'node', args: ['b/i.js', '--key', config.apiKey], \
                env: { A_KEY: config.apiKey } })\n";
    let hint = first(&[("smithery.yaml", yaml)]);
    assert_eq!(hint.line.unwrap().arguments, ["--key", "config.apiKey"]);
    assert_eq!(hint.variables, [Variable { is_required: true, ..Variable::named("A_KEY") }]);
}

#[test]
fn the_last_stage_of_an_image_counts() {
    let docker = "FROM a AS b\nCMD [\"x\"]\nFROM c\nENV MCP_MODE=stdio \\\n  A=b\nENTRYPOINT [\"node\", \"d/i.js\"]\nCMD [\"stdio\"]\n";
    let hint = first(&[("Dockerfile", docker)]);
    let line = hint.line.unwrap();
    assert_eq!(
        (line.asked, line.arguments),
        (Asked::File("d/i.js".into()), vec!["stdio".to_owned()])
    );
    assert_eq!(hint.variables.len(), 1);
}

#[test]
fn variables_are_known_by_name_and_never_by_value() {
    let hint = first(&[(".env.example", "# x\nexport A_KEY=s3cret\nPORT=1\n B = 2\n")]);
    assert_eq!(hint.variables, [Variable::named("A_KEY"), Variable::named("B")]);
}
