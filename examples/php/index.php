<?php
// Counts visits in a folder that outlives releases.
$file = __DIR__ . '/visits/count';
$count = 1 + (int) @file_get_contents($file);
file_put_contents($file, (string) $count);
header('Content-Type: text/plain; charset=utf-8');
echo "Visit $count\n";
