#!/usr/bin/env bats
# Runs the annotated module with kwctl, or with the harness, which takes the same flags. KWCTL names
# the command, POLICY the module. These tests show that module, metadata and kwctl fit together: each of
# the common uses is tried once, from the settings to the response. All that the policy decides stands in
# the decision tables (tests/data/decisions).

bats_require_minimum_version 1.5.0

data="$BATS_TEST_DIRNAME/tests/data"

# judge SETTINGS REQUEST [FLAGS…]: judges a request by the files with these names.
judge() {
  run --separate-stderr "${KWCTL:-kwctl}" run --settings-path "$data/settings/$1.yaml" \
    -r "$data/requests/$2.json" "${@:3}" "${POLICY:-annotated-policy.wasm}"
  # bats shows this if a test fails.
  echo "$2 under $1: status $status"$'\n'"$output"$'\n'"${stderr:-}"
}

# judge_in CLUSTER SETTINGS REQUEST: the same with the recorded answers of a cluster.
judge_in() {
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

# answered FRAGMENTS…: there is an answer, and no trap or error of the module.
answered() {
  [ "$status" -eq 0 ]
  lacks '"code":500'
  has "$@"
}

accepted() {
  answered '"allowed":true'
  lacks 'allowed-by'
}

# admitted_by RULE
admitted_by() {
  answered '"allowed":true' "\"allowed-by\":\"$1\"" '"host-process-containers":"'
}

# denied FRAGMENTS…
denied() {
  answered '"allowed":false' '"code":403' ' denied: ' "$@"
}

@test "without settings a HostProcess workload is denied, with the rule that would admit it" {
  run --separate-stderr "${KWCTL:-kwctl}" run -r "$data/requests/daemonset.json" "${POLICY:-annotated-policy.wasm}"
  denied 'spec.template.spec.securityContext.windowsOptions.hostProcess' '"suggested-rule":"{'
}

@test "HostProcess is found in every kind, and in an annotation" {
  for request in pod cronjob argo_rollout pod_by_annotation; do
    judge nothing "$request"
    denied
  done
}

@test "a pod without HostProcess is accepted" {
  judge nothing pod_without_host_process
  accepted
}

@test "a rule admits workloads, and the answer names it" {
  for request in pod daemonset cronjob argo_rollout; do
    judge node_agent "$request"
    admitted_by node-agent
  done
}

@test "settings can stand on the command line" {
  run --separate-stderr "${KWCTL:-kwctl}" run --settings-json \
    '{"allow":[{"name":"inline","namespaces":["*"],"images":["*"],"runAsUserNames":["*"]}]}' \
    -r "$data/requests/daemonset.json" "${POLICY:-annotated-policy.wasm}"
  admitted_by inline
}

@test "a rule for another namespace does not admit" {
  judge another_namespace pod
  denied 'no rule covers namespace \"kube-system\"'
}

@test "a rule for another image does not admit" {
  judge another_image pod
  denied 'registry.example.com/node-agent:v1.4.0' 'images'
}

@test "a rule for another account does not admit, and another spelling of the account is the same" {
  judge local_service pod
  denied 'runAsUserNames'
  judge local_service pod_of_local_service
  admitted_by node-agent
}

@test "a rule for the service account and the requester admits" {
  judge service_account_and_requester pod
  admitted_by node-agent
}

@test "a rule for another requester does not admit" {
  judge another_requester pod
  denied 'kubernetes-admin' 'requestedBy'
}

@test "a rule for a digest admits it with any tag, and does not admit a tag alone" {
  judge digest pod_with_tag_and_digest
  admitted_by node-agent
  judge digest pod
  denied 'images'
}

@test "a rule for a command admits it, and does not admit a hook beside it" {
  judge containers pod
  admitted_by node-agent
  judge containers pod_with_a_hook
  denied 'exec'
}

@test "an injected sidecar has to be admitted too, and two rules are not combined" {
  judge node_agent pod_with_an_injected_sidecar
  denied 'registry.example.com/mesh/proxy:2'
  judge one_rule_for_each_container pod_with_an_injected_sidecar
  denied 'images'
}

@test "an ephemeral container is admitted only if the rule allows it" {
  judge node_agent ephemeral_container
  denied 'ephemeralContainers[0]'
  judge containers ephemeral_container
  admitted_by node-agent
}

@test "an update of labels, a scaling and a deletion are accepted" {
  for request in pod_updated_in_its_labels deployment_scaled pod_deleted; do
    judge nothing "$request"
    accepted
  done
}

@test "an update of an image is judged" {
  judge nothing pod_updated_in_its_image
  denied
  judge node_agent pod_updated_in_its_image
  admitted_by node-agent
}

@test "invalid settings are refused, with all errors at once" {
  judge not_valid pod
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  for fragment in 'allow[0].name' 'allow[0].namespaces' 'allow[0].images[0]' 'allow[0].runAsUserNames[0]'; do
    [[ "$stderr" == *"$fragment"* ]] || { echo "missing: $fragment"; return 1; }
  done
}

@test "a field that cannot be read is refused with its path and without its value" {
  judge any_workload pod_with_a_number_as_image
  answered '"allowed":false' '"code":400' 'spec.containers[0].image'
  lacks 'NT AUTHORITY'
}

@test "a requirement denies until its mode is ignore" {
  judge any_workload daemonset_without_host_network
  denied 'hostNetwork'
  judge any_workload_any_network daemonset_without_host_network
  admitted_by anything
}

@test "a requirement that warns admits" {
  judge any_workload daemonset_without_windows_node
  admitted_by anything
  has '"warnings":["windowsNode: '
}

@test "a workload is admitted if all nodes are new enough, and a denial names an old one" {
  judge_in new_nodes new_nodes daemonset
  admitted_by node-agent
  lacks '"warnings":["'
  judge_in an_old_kubelet new_nodes daemonset
  denied 'win-old' 'v1.22.17'
  lacks 'win-new'
}

@test "without a grant the node checks deny" {
  judge new_nodes daemonset
  denied 'contextAwareResources'
}

@test "only requesters in connectBy may exec into a HostProcess pod" {
  judge_in host_process_pod on_call exec
  answered '"allowed":true'
  judge_in host_process_pod node_agent exec
  denied 'connectBy'
}

@test "exec into another pod is accepted" {
  judge_in plain_pod nothing exec
  accepted
}

@test "exec without a grant is denied" {
  judge on_call exec
  denied 'contextAwareResources'
}

@test "RBAC decides who may use a rule" {
  judge_in rbac_allows rbac daemonset
  admitted_by node-agent
  judge_in rbac_refuses rbac daemonset
  denied 'may not use rule \"node-agent\" in namespace \"kube-system\"'
}

# kwctl takes a policy's YAML in place of the module. Its settings and grants are in the file.
@test "the complete policy is judged from its file" {
  [[ "${KWCTL:-kwctl}" != *harness ]] || skip "the harness takes modules only"
  local module policy="$BATS_TEST_TMPDIR/policy.yaml"
  module="$(realpath "${POLICY:-annotated-policy.wasm}")"
  sed "s#module: registry://.*#module: file://$module#" "$BATS_TEST_DIRNAME/artefacts/policy.yaml" > "$policy"
  for request in pod exec; do
    run --separate-stderr "${KWCTL:-kwctl}" run -r "$data/requests/$request.json" \
      --replay-host-capabilities-interactions "$data/replays/host_process_pod.yaml" "$policy"
    denied
  done
}
