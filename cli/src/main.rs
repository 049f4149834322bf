//! The command `hostprocess`.

fn main() -> std::process::ExitCode {
    hostprocess::command::main()
}
