#!/bin/sh
# Generates a TypeScript client of the API from the OpenAPI document of a running Hearth.
#
#   scripts/generate_client.sh [API_URL] [OUTPUT_DIR]
#
# API_URL is where the API answers (http://localhost:8000); a family alone, such as the network, stands under
# its own mount: http://localhost:8080/network. The client goes to OUTPUT_DIR (./generated-client).
# Needs curl, and node with npx.
set -eu
api_url=${1:-http://localhost:8000}
output_dir=${2:-./generated-client}

case $api_url in
-*)
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
	[ "$api_url" = --help ]
	exit
	;;
esac
document=$(mktemp --suffix=.json)
trap 'rm -f "$document"' EXIT
trap 'exit 1' INT TERM

echo "Fetching ${api_url%/}/openapi.json"
curl -fsS --max-time 30 -o "$document" "${api_url%/}/openapi.json"

# The generator needs this major version of typescript, and takes a newer one if it may.
npx --yes -p @hey-api/openapi-ts@0.99.0 -p typescript@5.9 \
	openapi-ts -i "$document" -o "$output_dir" -c @hey-api/client-fetch
echo "The client is in $output_dir"
