<?php
// The devices list for PHP-FPM: PDO with persistent connections, one for each database.
declare(strict_types=1);

const LAST_USED_S = 60;
const DEVICES_USABLE_S = 24 * 3600;

function answer(int $status, array $body): never
{
	http_response_code($status);
	header('Content-Type: application/json');
	header('Cache-Control: no-store');
	header('X-Content-Type-Options: nosniff');
	echo json_encode($body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
	exit;
}

function database(string $name): PDO
{
	return new PDO("sqlite:{$_SERVER['BENCH_DIR']}/$name.db", null, null, [
		PDO::ATTR_PERSISTENT => true,
		PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
		PDO::ATTR_TIMEOUT => 2,
	]);
}

function number(string $name, int $default, int $min, int $max): int
{
	if (!isset($_GET[$name]))
		return $default;
	$n = filter_var($_GET[$name], FILTER_VALIDATE_INT, ['options' => ['min_range' => $min, 'max_range' => $max]]);
	if ($n === false)
		answer(422, ['detail' => "Invalid input: $name"]);
	return $n;
}

$now = time();
$hearth = database('hearth');
$find = $hearth->prepare('SELECT k.id, k.last_used_at FROM api_key k JOIN account a ON a.id = k.account_id'
	. ' WHERE k.hash = ? AND k.revoked_at IS NULL AND a.active = 1');
$find->execute([hash('sha256', $_SERVER['HTTP_X_API_KEY'] ?? '')]);
$key = $find->fetch(PDO::FETCH_NUM);
$find->closeCursor();
if (!$key)
	answer(401, ['detail' => 'Missing or invalid authentication']);
$limit = number('limit', 100, 1, 1000);
$offset = number('offset', 0, 0, 2147483647);

$series = database('series');
$provider = $series->query("SELECT devices, devices_at FROM net_provider WHERE name = 'fritzbox'")->fetch(PDO::FETCH_NUM);
if (!$provider || $provider[1] === null || $now - $provider[1] > DEVICES_USABLE_S)
	answer(503, ['detail' => 'Device data not available']);
$list = $series->prepare("SELECT ip, name, mac, 1 - offline AS status, 'fritzbox' AS provider_type, custom_name,"
	. ' device_type, interface_type, address_source FROM net_device WHERE listed = 1'
	. ' ORDER BY offline, ip_key, mac LIMIT ? OFFSET ?');
$list->execute([$limit, $offset]);
$items = $list->fetchAll(PDO::FETCH_ASSOC);
$list->closeCursor();

if ($key[1] === null || $key[1] <= $now - LAST_USED_S)
	$hearth->prepare('UPDATE api_key SET last_used_at = ? WHERE id = ?')->execute([$now, $key[0]]);
answer(200, [
	'items' => $items,
	'total_count' => $provider[0],
	'limit' => $limit,
	'offset' => $offset,
	'is_stale' => $now - $provider[1] > (int)$_SERVER['BENCH_STALE_S'],
	'fetched_at' => gmdate('Y-m-d\TH:i:s\Z', $provider[1]),
]);
