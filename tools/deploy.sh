#!/usr/bin/env bash
# Deploys a stage of infra/config with the functions that package.sh has built, or takes one away.
# usage: deploy.sh check STAGE              whether there is such a stage, and somebody signed in
#        deploy.sh bootstrap STAGE          once for each account and region: a bucket and roles for CDK
#        deploy.sh diff STAGE FUNCTIONS     what would change
#        deploy.sh deploy STAGE FUNCTIONS   YES=1 asks no questions; STACK=lake deploys this one only
#        deploy.sh destroy STAGE            all but the buckets and their key; DELETE_DATA=STAGE takes these too;
#                                           STACK=warehouse takes away this one of those that nothing else needs
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if (($# < 2)) || [[ -z $2 ]]; then
  what=${1:-deploy}
  if [[ $what == check ]]; then
    what=deploy
  fi
  echo "say which stage of infra/config: make $what STAGE=dev" >&2
  exit 2
fi
what=$1
stage=$2

infra=$("$tools/infra-env.sh")
cd "$infra"
node - "$stage" <<'NODE'
const { configOf } = require('./build/config');
try {
  configOf(process.argv[2]);
} catch ({ message }) {
  console.error(message);
  process.exit(2);
}
NODE

# To bootstrap and to destroy, nobody needs the programs, which take minutes to build.
functions=${3:-}
if [[ -z $functions ]]; then
  functions=$(mktemp -d)
  trap 'rm -rf "$functions"' EXIT
  for function in refine score catalog; do
    mkdir "$functions/$function"
    echo "stands for the program" >"$functions/$function/bootstrap"
  done
fi
cdk=(node_modules/.bin/cdk --no-notices --app 'node build/bin/leadlake.js' --context "stage=$stage" --context "functions=$functions"
  --context signedIn=needed)
ask=(--require-approval "$([[ -n ${YES:-} ]] && echo never || echo broadening)")

# Names of stacks have no spaces. macOS has a bash that cannot read lines into a list, and takes an empty list for a mistake.
# That none fits is an answer; what grep cannot do is not.
stacks() { printf '%s\n' "$known" | grep "$@" || (($? == 1)); }
list() { known=$("${cdk[@]}" list); }

deploy() {
  list
  if [[ -n ${STACK:-} ]]; then
    deploy_one
    return
  fi
  # QuickSight has prerequisites of its own. What it lacks must not keep the warehouse from its limit.
  # shellcheck disable=SC2046
  "${cdk[@]}" deploy --exclusively "${ask[@]}" $(stacks -v -- '-dashboards$')
  if [[ -n $(stacks -- '-warehouse$') ]]; then
    node build/bin/warehouse.js --stage "$stage"
  fi
  local dashboards
  dashboards=$(stacks -- '-dashboards$')
  if [[ -n $dashboards ]]; then
    "${cdk[@]}" deploy --exclusively "${ask[@]}" "$dashboards"
  fi
}

deploy_one() {
  local name
  name=$(stacks -Fx -- "$(stacks -- '-storage$' | sed 's/-storage$//')-$STACK")
  if [[ -z $name ]]; then
    printf 'stage %s has no stack %s. It has:\n%s\n' "$stage" "$STACK" "$known" >&2
    exit 2
  fi
  "${cdk[@]}" deploy --exclusively "${ask[@]}" "$name"
}

destroy_one() {
  local name
  case "$STACK" in
    alarms | questions | governance | warehouse | dashboards) ;;
    *)
      echo "STACK=$STACK: say one of alarms, questions, governance, warehouse, dashboards; without STACK all go but the data" >&2
      exit 2
      ;;
  esac
  list
  name=$(stacks -- "-$STACK\$")
  if [[ -z $name ]]; then
    echo "stage $stage has no stack $STACK in infra/config; to take away one that is still deployed, configure it again first" >&2
    exit 2
  fi
  "${cdk[@]}" destroy ${YES:+--force} --exclusively "$name"
  echo "$name is gone. Take $STACK out of infra/config/$stage.ts, or the next 'make deploy' makes it again."
}

destroy() {
  local storage
  list
  storage=$(stacks -- '-storage$')
  # shellcheck disable=SC2046
  "${cdk[@]}" destroy ${YES:+--force} --exclusively $(stacks -v -- '-storage$')
  if [[ -z ${DELETE_DATA:-} ]]; then
    echo "The data is still there, in the buckets of $storage; 'make deploy STAGE=$stage' goes on with it."
    return
  fi
  # First the buckets are told that they may be emptied, then they are.
  "${cdk[@]}" deploy --context "deleteData=$stage" --exclusively "${ask[@]}" "$storage"
  "${cdk[@]}" destroy --context "deleteData=$stage" ${YES:+--force} "$storage"
}

case "$what" in
  check) list ;;
  bootstrap) "${cdk[@]}" bootstrap ;;
  diff) "${cdk[@]}" diff ;;
  deploy) deploy ;;
  destroy)
    # Before anything goes, not after.
    if [[ -n ${DELETE_DATA:-} && $DELETE_DATA != "$stage" ]]; then
      echo "DELETE_DATA=$DELETE_DATA is not the stage $stage: nothing was taken away" >&2
      exit 2
    fi
    if [[ -n ${STACK:-} ]]; then
      destroy_one
    else
      destroy
    fi
    ;;
  *)
    echo "usage: deploy.sh check|bootstrap|diff|deploy|destroy STAGE [FUNCTIONS]" >&2
    exit 2
    ;;
esac
