//! The words that generated requests and settings are made of: few enough that
//! rules and workloads meet, with a lookalike for most of them.

/// A digest of the right length.
pub const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Namespaces of requests.
pub const NAMESPACES: &[&str] = &[
    "kube-system",
    "calico-system",
    "default",
    "kube-system2",
    "kube-syste",
    "kube",
    "MyApp",
    "",
];

/// Patterns of namespaces.
pub const NAMESPACE_PATTERNS: &[&str] = &[
    "*",
    "kube-system",
    "calico-system",
    "kube-*",
    "default",
    "*-system",
    "kube-system?",
];

/// Images of containers.
pub const IMAGES: &[&str] = &[
    "registry.example.com/agent:v1",
    "registry.example.com/agent",
    "registry.example.com/agent@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "registry.example.com/agent:v1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "nginx",
    "docker.io/library/nginx:latest",
    "index.docker.io/nginx:1.27",
    "calico/node:v3.28",
    "localhost:5000/agent",
    "registry.example.com:443/agent:v1",
    "evil.example/registry.example.com/agent:v1",
    "Nginx",
    "registry.example.com/agent@sha256:0123",
    "",
];

/// Patterns of images.
pub const IMAGE_PATTERNS: &[&str] = &[
    "*",
    "registry.example.com/agent",
    "registry.example.com/*",
    "registry.example.com/agent:v1",
    "registry.example.com/agent:v?",
    "registry.example.com/agent@sha256:*",
    "docker.io/library/nginx",
    "docker.io/nginx",
    "docker.io/calico/*",
    "localhost:5000/*",
];

/// Accounts.
pub const ACCOUNTS: &[&str] = &[
    r"NT AUTHORITY\SYSTEM",
    r"nt authority\system",
    r"NT AUTHORITY\Local service",
    r"NT AUTHORITY\LOCALSERVICE",
    r"NT AUTHORITY\NetworkService",
    "Administrators",
    r"CORP\svc-agent",
    r"CORP2\svc-agent",
    r"corp.example.com\svc-agent",
    "NT \u{410}UTHORITY\\SYSTEM",
    "SYSTEM",
    r"NT AUTHORITY\\SYSTEM",
    "",
];

/// Patterns of accounts.
pub const ACCOUNT_PATTERNS: &[&str] = &[
    "*",
    r"NT AUTHORITY\SYSTEM",
    r"NT AUTHORITY\*",
    r"NT AUTHORITY\Local Service",
    r"CORP\*",
    r"CORP*\svc-*",
    "Admin*",
    r"*\*",
];

/// Service accounts.
pub const SERVICE_ACCOUNTS: &[&str] = &[
    "agent",
    "default",
    "agent2",
    "calico-node",
    "Foo_Bar",
    "agent?",
];

/// Patterns of service accounts.
pub const SERVICE_ACCOUNT_PATTERNS: &[&str] = &["*", "agent", "agent*", "default", "calico-????"];

/// Commands and arguments.
pub const COMMANDS: &[&[&str]] = &[
    &["powershell.exe", "-File", r"C:\k\start.ps1"],
    &["powershell.exe"],
    &["cmd.exe", "/c", "exit"],
    &["powershell.exe -File"],
    &["*"],
    &["cmd.exe", "/c", "dir *.?"],
    &[""],
    &[],
];

/// Patterns of commands.
pub const COMMAND_PATTERNS: &[&str] = &[
    "powershell.exe*",
    "",
    r"powershell.exe -File C:\k\*",
    "*",
    "cmd.exe /c exit",
];

/// Requesters.
pub const USERS: &[&str] = &[
    "system:serviceaccount:kube-system:daemon-set-controller",
    "kubernetes-admin",
    "mallory",
    "",
];

/// Patterns of requesters.
pub const USER_PATTERNS: &[&str] = &[
    "*",
    "system:serviceaccount:kube-system:*",
    "kubernetes-admin",
];

/// Groups of requesters.
pub const GROUPS: &[&str] = &["system:authenticated", "system:masters", "oidc:on-call"];

/// Paths of host volumes.
pub const HOST_PATHS: &[&str] = &[
    r"C:\var\lib\kubelet",
    r"\\.\pipe\csi-proxy",
    "//./PIPE/x",
    r"\var\lib\kubelet",
    "",
];

/// Types of host volumes.
pub const HOST_PATH_TYPES: &[&str] = &["Directory", "Socket", ""];

/// Runtime classes.
pub const RUNTIME_CLASSES: &[&str] = &[
    "runhcs-wcow-process",
    "runhcs-wcow-hypervisor",
    "My-HyperV",
    "",
];
