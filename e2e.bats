#!/usr/bin/env bats
# The built policy in kwctl, or in anything that takes the same flags: KWCTL names the command,
# POLICY the module. The requests, settings and recorded answers are under tests/data; a request's
# name says what becomes of it without settings, or what a requirement finds.

bats_require_minimum_version 1.5.0

data="$BATS_TEST_DIRNAME/tests/data"

# judge SETTINGS REQUEST [FLAGS…]: one request under one settings file.
judge() {
  # KWCTL may be a command with arguments.
  # shellcheck disable=SC2086
  run --separate-stderr ${KWCTL:-kwctl} run \
    --settings-path "$data/e2e-settings/$1.yaml" \
    -r "$data/requests/$2.json" \
    "${@:3}" "${POLICY:-annotated-policy.wasm}"
  # Shown where a test fails.
  echo "$2 under $1: status $status"
  echo "$output"
  echo "${stderr:-}"
}

# judge_on NODES SETTINGS REQUEST: the same with the host's recorded answers.
judge_on() {
  judge "$2" "$3" --allow-context-aware --replay-host-capabilities-interactions "$data/replays/$1.yaml"
}

has() {
  local fragment
  for fragment in "$@"; do
    [[ "$output" == *"$fragment"* ]] || { echo "missing: $fragment"; return 1; }
  done
}

lacks() {
  [[ "$output" != *"$1"* ]] || { echo "not expected: $1"; return 1; }
}

answered() {
  [ "$status" -eq 0 ]
  lacks '"code":500'
}

# accepted: and nothing else said.
accepted() {
  answered
  has '"allowed":true'
  lacks 'allowed-by'
  lacks '"warnings":["'
}

# admitted_by RULE
admitted_by() {
  answered
  has '"allowed":true' "\"allowed-by\":\"$1\"" '"host-process-containers":"'
}

# denied FRAGMENTS…: of the message.
denied() {
  answered
  has '"allowed":false' '"code":403' 'HostProcess denied: ' "$@"
}

# unreadable FRAGMENTS…: of the message.
unreadable() {
  answered
  has '"allowed":false' '"code":400' 'the request cannot be read: ' "$@"
}

# found REQUIREMENT REQUEST FRAGMENT…: what one requirement finds, in all its modes.
found() {
  judge any_workload_requirements_deny "$2"
  denied "${@:3}"
  lacks 'suggested-rule'
  judge any_workload_requirements_warn "$2"
  admitted_by anything
  has "\"warnings\":[\"$1: "
  judge any_workload_requirements_off "$2"
  admitted_by anything
  lacks '"warnings":["'
}

# --- nothing is allowed by default -------------------------------------------------------------

@test "a pod is denied" {
  judge nothing denied_host_process_in_a_pod
  denied 'spec.securityContext.windowsOptions.hostProcess: Forbidden' 'agent'
  has '"suggested-rule":"{'
}

@test "a pod template is denied" {
  judge nothing denied_host_process_in_a_pod_template
  denied 'template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a replication controller is denied" {
  judge nothing denied_host_process_in_a_replication_controller
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a deployment is denied" {
  judge nothing denied_host_process_in_a_deployment
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a replica set is denied" {
  judge nothing denied_host_process_in_a_replica_set
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a stateful set is denied" {
  judge nothing denied_host_process_in_a_stateful_set
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a daemon set is denied" {
  judge nothing denied_host_process_in_a_daemon_set
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a job is denied" {
  judge nothing denied_host_process_in_a_job
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a cron job is denied" {
  judge nothing denied_host_process_in_a_cron_job
  denied 'spec.jobTemplate.spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a request without a settings file is judged by none" {
  # shellcheck disable=SC2086
  run --separate-stderr ${KWCTL:-kwctl} run -r "$data/requests/denied_host_process_in_a_daemon_set.json" \
    "${POLICY:-annotated-policy.wasm}"
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "settings can stand on the command line" {
  # shellcheck disable=SC2086
  run --separate-stderr ${KWCTL:-kwctl} run \
    --settings-json '{"allow":[{"name":"inline","namespaces":["kube-system"],"images":["*"],"runAsUserNames":["*"]}]}' \
    -r "$data/requests/denied_host_process_in_a_daemon_set.json" "${POLICY:-annotated-policy.wasm}"
  admitted_by inline
}

# --- where the flag stands ---------------------------------------------------------------------

@test "the flag of a container is found" {
  judge nothing denied_container_level_host_process
  denied 'spec.containers[0].securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "the flag of an init container is found" {
  judge nothing denied_init_container_host_process
  denied 'spec.initContainers[0].securityContext.windowsOptions.hostProcess: Forbidden' 'setup'
}

@test "the flag of an ephemeral container is found" {
  judge nothing denied_ephemeral_container_host_process
  denied 'spec.ephemeralContainers[0].securityContext.windowsOptions.hostProcess: Forbidden' 'debugger'
}

@test "a pod-level flag counts even where every container overrides it" {
  judge nothing denied_pod_level_flag_that_every_container_overrides
  denied 'spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a pod without HostProcess is accepted" {
  judge nothing accepted_pod_without_host_process
  accepted
}

# --- rules -------------------------------------------------------------------------------------

@test "a rule admits a pod" {
  judge node_agent denied_host_process_in_a_pod
  admitted_by node-agent
}

@test "a rule admits a cron job" {
  judge node_agent denied_host_process_in_a_cron_job
  admitted_by node-agent
}

@test "a rule admits flags on containers" {
  judge node_agent denied_container_level_host_process
  admitted_by node-agent
}

@test "a rule for another namespace admits nothing here" {
  judge node_agent_in_another_namespace denied_host_process_in_a_pod
  denied 'no rule covers the namespace' 'kube-system'
}

@test "a rule for another image does not admit" {
  judge another_image denied_host_process_in_a_pod
  denied 'spec.containers[0].image' 'registry.example.com/node-agent:v1.4.0'
}

@test "a rule for another account does not admit" {
  judge local_service denied_host_process_in_a_pod
  denied 'runAsUserName' 'SYSTEM'
}

@test "a rule for the account in another spelling admits" {
  judge local_service denied_local_service
  admitted_by node-agent
}

@test "a rule for the service account admits" {
  judge node_agent_by_service_account denied_host_process_in_a_daemon_set
  admitted_by node-agent
}

@test "a rule for another service account does not admit" {
  judge another_service_account denied_host_process_in_a_daemon_set
  denied 'serviceAccountName'
}

@test "a rule for the command admits" {
  judge node_agent_by_command denied_host_process_in_a_pod
  admitted_by node-agent
}

@test "a rule for another command does not admit" {
  judge another_command denied_host_process_in_a_pod
  denied 'spec.containers[0].command'
}

@test "a rule for the requester's group admits" {
  judge node_agent_by_group denied_host_process_in_a_pod
  admitted_by node-agent
}

@test "a rule for another requester does not admit" {
  judge another_user denied_host_process_in_a_pod
  denied 'kubernetes-admin'
}

@test "a rule for a tag admits the tag" {
  judge node_agent_by_tag denied_host_process_in_a_pod
  admitted_by node-agent
}

@test "a rule for a tag does not admit a digest" {
  judge node_agent_by_tag denied_image_with_tag_and_digest
  denied 'spec.containers[0].image'
}

@test "a rule for a digest admits it whatever the tag" {
  judge node_agent_by_digest denied_image_with_tag_and_digest
  admitted_by node-agent
}

@test "a rule for a digest does not admit a tag" {
  judge node_agent_by_digest denied_host_process_in_a_pod
  denied 'spec.containers[0].image'
}

@test "an injected sidecar has to match too" {
  judge node_agent denied_injected_sidecar
  denied 'spec.containers[1].image' 'registry.example.com/mesh/proxy:2'
}

@test "two rules never add up" {
  judge two_rules_for_one_container_each denied_injected_sidecar
  denied 'spec.containers[0].image' 'spec.containers[1].image'
}

@test "an ephemeral container inherits HostProcess and is admitted only where the rule says so" {
  judge node_agent denied_ephemeral_container_that_inherits_host_process
  denied 'spec.ephemeralContainers[0]'
  judge node_agent_with_ephemeral_containers denied_ephemeral_container_that_inherits_host_process
  admitted_by node-agent
}

@test "a bare account name is called a local user or group" {
  judge node_agent denied_bare_account_name
  denied 'Administrators' 'local administrator'
}

# --- operations --------------------------------------------------------------------------------

@test "an update that changes labels is accepted" {
  judge nothing accepted_update_of_the_labels_of_a_host_process_pod
  accepted
}

@test "scaling is accepted" {
  judge nothing accepted_scaling_of_a_host_process_deployment
  accepted
}

@test "an update of an image is judged" {
  judge nothing denied_update_of_an_image
  denied 'spec.securityContext.windowsOptions.hostProcess: Forbidden'
  judge node_agent denied_update_of_an_image
  admitted_by node-agent
}

@test "a deletion is accepted" {
  judge nothing accepted_deletion_of_a_host_process_pod
  accepted
}

# --- what cannot be read -----------------------------------------------------------------------

@test "settings that are not valid are refused, with all errors at once" {
  judge not_valid denied_host_process_in_a_pod
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  for fragment in 'allow[0].name' 'allow[0].namespaces' 'allow[0].images[0]' 'allow[0].runAsUserNames[0]'; do
    [[ "$stderr" == *"$fragment"* ]] || { echo "missing: $fragment"; return 1; }
  done
}

@test "an image that is a number is refused with its path" {
  judge any_workload unreadable_image_that_is_a_number
  unreadable 'spec.containers[0].image: a string is expected, found a number'
  lacks 'NT AUTHORITY'
}

@test "a flag that is a text is refused with its path" {
  judge any_workload unreadable_flag_that_is_a_text
  unreadable 'spec.template.spec.securityContext.windowsOptions.hostProcess: true or false is expected, found a string'
}

# --- requirements ------------------------------------------------------------------------------

@test "requirement allContainers" {
  found allContainers malformed_mixed_containers 'spec.template.spec.initContainers[0].securityContext.windowsOptions.hostProcess'
}

@test "requirement hostNetwork" {
  found hostNetwork malformed_no_host_network 'spec.template.spec.hostNetwork'
}

@test "requirement runAsUserName" {
  found runAsUserName malformed_no_account 'runAsUserName'
}

@test "requirement runAsNonRoot" {
  found runAsNonRoot malformed_run_as_non_root 'spec.template.spec.containers[0].securityContext.runAsNonRoot'
}

@test "requirement namedPipeMounts" {
  found namedPipeMounts malformed_mount_of_a_named_pipe 'spec.template.spec.volumes[0].hostPath'
}

@test "requirement unixSocketMounts" {
  found unixSocketMounts malformed_mount_of_a_unix_socket 'spec.template.spec.volumes[0].hostPath'
}

@test "requirement hyperVIsolation" {
  found hyperVIsolation malformed_hyper_v_runtime_class 'spec.template.spec.runtimeClassName' 'runhcs-wcow-hypervisor'
}

@test "requirement rootfsLocation" {
  found rootfsLocation malformed_root_file_system_on_the_host 'microsoft.com/hostprocess-rootfs-location'
}

@test "requirement windowsNode" {
  found windowsNode malformed_no_windows_node 'spec.template.spec.nodeSelector'
}

@test "every requirement but windowsNode denies by default" {
  for request in mixed_containers no_host_network no_account run_as_non_root mount_of_a_named_pipe \
    mount_of_a_unix_socket hyper_v_runtime_class root_file_system_on_the_host; do
    judge any_workload "malformed_$request"
    denied 'spec.template.'
  done
  judge any_workload malformed_no_windows_node
  admitted_by anything
  has '"warnings":["windowsNode: '
}

# --- the runtime's back doors ------------------------------------------------------------------

@test "an inherited user is SYSTEM, whatever the pod says" {
  judge local_service denied_inherited_user
  denied 'SYSTEM' 'microsoft.com/hostprocess-inherit-user'
  judge node_agent denied_inherited_user
  admitted_by node-agent
}

@test "an annotation can ask for HostProcess" {
  judge nothing denied_host_process_by_annotation
  denied 'microsoft.com/hostprocess-container'
}

@test "an update of an annotation that the runtime reads is judged" {
  judge nothing denied_update_of_an_annotation_the_runtime_reads
  denied 'spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

# --- custom kinds ------------------------------------------------------------------------------

@test "an Argo Rollout is denied, and admitted by a rule" {
  judge nothing denied_host_process_in_an_argo_rollout
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
  judge node_agent denied_host_process_in_an_argo_rollout
  admitted_by node-agent
}

@test "a JobSet is denied for one of its jobs" {
  judge nothing denied_host_process_in_a_job_set
  denied 'spec.replicatedJobs[1].template.spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a Volcano Job is not a batch Job" {
  judge nothing denied_host_process_in_a_volcano_job
  denied 'spec.tasks[0].template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a Knative Service is denied" {
  judge nothing denied_host_process_in_a_knative_service
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess: Forbidden'
}

@test "a flag outside any pod spec is denied" {
  judge node_agent denied_host_process_outside_a_pod_spec
  denied 'spec.securityContext.windowsOptions.hostProcess'
}

@test "objects without pod specs are accepted" {
  judge nothing accepted_scale
  accepted
  judge nothing accepted_config_map
  accepted
}

# --- nodes -------------------------------------------------------------------------------------

@test "nodes that are new enough satisfy both checks" {
  judge_on new_nodes node_agent_on_new_nodes denied_host_process_in_a_daemon_set
  admitted_by node-agent
  lacks '"warnings":["'
}

@test "a node with an old kubelet is named" {
  judge_on an_old_kubelet node_agent_on_new_nodes denied_host_process_in_a_daemon_set
  denied 'win-old' 'v1.22.17'
  lacks 'win-new'
}

@test "a node with an old containerd is named" {
  judge_on an_old_containerd node_agent_on_new_nodes denied_host_process_in_a_daemon_set
  denied 'win-old' '1.5.18'
  lacks 'win-new'
}

@test "an old node is a warning where the check warns" {
  judge_on an_old_containerd node_agent_with_a_warning_of_old_nodes denied_host_process_in_a_daemon_set
  admitted_by node-agent
  has '"warnings":["nodeContainerd: '
}

@test "a node with Docker is named" {
  judge_on docker node_agent_on_new_nodes denied_host_process_in_a_daemon_set
  denied 'win-docker' 'docker://20.10'
}

@test "a cluster without Windows nodes is a warning" {
  judge_on no_nodes node_agent_on_new_nodes denied_host_process_in_a_daemon_set
  admitted_by node-agent
  has '"warnings":["'
}

@test "a host that refuses is a denial that names the grant" {
  judge_on refused node_agent_on_new_nodes denied_host_process_in_a_daemon_set
  denied 'contextAwareResources'
}

@test "without a grant the checks deny, and nothing traps" {
  judge node_agent_on_new_nodes denied_host_process_in_a_daemon_set
  denied 'contextAwareResources'
}

@test "a pod without HostProcess asks for no nodes" {
  judge node_agent_on_new_nodes accepted_pod_without_host_process
  accepted
}
