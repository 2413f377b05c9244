#!/usr/bin/env bash
# Deploys a stage of infra/config with the functions that package.sh has built, or takes one away.
# usage: deploy.sh bootstrap STAGE          once for each account and region: a bucket and roles for CDK
#        deploy.sh diff STAGE FUNCTIONS     what would change
#        deploy.sh deploy STAGE FUNCTIONS   YES=1 asks no questions
#        deploy.sh destroy STAGE            all but the buckets and their key; DELETE_DATA=STAGE takes these too
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if (($# < 2)) || [[ -z $2 ]]; then
  echo "say which stage: make ${1:-deploy} STAGE=dev" >&2
  exit 2
fi
what=$1
stage=$2

# To bootstrap and to destroy, nobody needs the programs, which take minutes to build.
stand_ins() {
  local folder function
  folder=$(mktemp -d)
  for function in refine score catalog; do
    mkdir "$folder/$function"
    echo "stands for the program" >"$folder/$function/bootstrap"
  done
  echo "$folder"
}
functions=${3:-$(stand_ins)}

infra=$("$tools/infra-env.sh")
cd "$infra"
cdk=(node_modules/.bin/cdk --no-notices --app 'node build/bin/leadlake.js' --context "stage=$stage" --context "functions=$functions")

case "$what" in
  bootstrap) "${cdk[@]}" bootstrap ;;
  diff) "${cdk[@]}" diff --all ;;
  deploy)
    "${cdk[@]}" deploy --all ${YES:+--require-approval never}
    if "${cdk[@]}" list | grep -q -- '-warehouse'; then
      node build/bin/warehouse.js --stage "$stage"
    fi
    ;;
  destroy)
    mapfile -t stacks < <("${cdk[@]}" list | grep -v -- '-storage')
    "${cdk[@]}" destroy ${YES:+--force} --exclusively "${stacks[@]}"
    mapfile -t storage < <("${cdk[@]}" list | grep -- '-storage')
    if [[ -z ${DELETE_DATA:-} ]]; then
      echo "The data is still there, in the buckets of ${storage[*]}; 'make deploy STAGE=$stage' goes on with it."
      exit
    fi
    if [[ $DELETE_DATA != "$stage" ]]; then
      echo "DELETE_DATA=$DELETE_DATA is not the stage $stage: nothing of the data was deleted" >&2
      exit 2
    fi
    # First the buckets are told that they may be emptied, then they are.
    "${cdk[@]}" deploy --context "deleteData=$stage" --exclusively ${YES:+--require-approval never} "${storage[@]}"
    "${cdk[@]}" destroy --context "deleteData=$stage" ${YES:+--force} "${storage[@]}"
    ;;
  *)
    echo "usage: deploy.sh bootstrap|diff|deploy|destroy STAGE [FUNCTIONS]" >&2
    exit 2
    ;;
esac
