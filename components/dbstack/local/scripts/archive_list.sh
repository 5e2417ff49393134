# dbstack: lists what the archive has of one database: sh -c ... [SYSTEM]. Without SYSTEM it is that of the data.
set -eu
export LC_ALL=C
system=${1:-}
if [ -z "$system" ]; then
    system=$(pg_controldata -D "$PGDATA" 2>/dev/null | sed -n 's/^Database system identifier: *//p') || true
fi
for other in "$DBSTACK_ARCHIVE"/*/base; do
    [ ! -d "$other" ] || echo "archive $(basename "$(dirname "$other")")"
done
[ -n "$system" ] || exit 0
echo "system $system"
home="$DBSTACK_ARCHIVE/$system"
for base in "$home/base"/*/finished; do
    [ -e "$base" ] || continue
    folder=$(dirname "$base")
    start=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\)).*/\1/p' "$folder/data/backup_label")
    end=$(sed -n 's/.*"End-LSN": *"\([0-9A-F/]*\)".*/\1/p' "$folder/data/backup_manifest" | tail -n 1)
    echo "base $(basename "$folder") $(cat "$base") ${start:--} ${end:--}"
done
for file in "$home/wal"/*.gz; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .gz)
    case "$name" in
    *.history)
        echo "history ${name%.history} $(stat -c %Y "$file")"
        gzip -dc "$file" | sed -n 's/^\([0-9][0-9]*\)[[:space:]][[:space:]]*\([0-9A-F/]*\).*/branch \1 \2/p'
        ;;
    *.*) ;;
    *) echo "wal $name" ;;
    esac
done
