<?php
// Of Laravel's shape: served from public/, with a storage that is kept.
header('Content-Type: text/plain; charset=utf-8');
echo "Notes\n";
