#!/bin/sh
# Has the lab's guest say to its host that it is ready, and again until it is heard. Kernel parameter:
# haven.ready=SECONDS (after so long)
#   ready NAME BOOT SECONDS
name=$1 boot=$2
sleep "$3"
echo "haven-guest $name boot=$boot says it is ready"
until /haven-guest ready; do
    [ $? != 3 ] || { echo "haven-guest $name boot=$boot has no channel to say that it is ready"; exit 1; }
done
echo "haven-guest $name boot=$boot was heard to be ready"
